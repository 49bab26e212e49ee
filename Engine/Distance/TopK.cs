using System.Runtime.CompilerServices;

namespace JadeVector.Engine.Distance;

/// <summary>
/// The nearest k of the rows offered to it, in order of distance, then of row: the order of offers does not matter.
/// A row that is offered twice at the same distance counts once, so that the results of a graph and of a scan over the same rows can be poured together.
/// </summary>
/// <remarks>A sorted array, not a heap: k is small, most offers are turned away by one comparison, and the result needs no sorting. Pass it by reference.</remarks>
public struct TopK : INearestRows
{
    private readonly RowDistance[] _items;
    private readonly int _capacity;
    private int _count;

    /// <summary>Room for <paramref name="k"/> rows, 1 or more, in an array of its own.</summary>
    public TopK(int k)
        : this(new RowDistance[k], k)
    {
    }

    /// <summary>Room for <paramref name="k"/> rows in an array that the caller lends and leaves alone meanwhile.</summary>
    public TopK(RowDistance[] items, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, items.Length);
        _items = items;
        _capacity = k;
    }

    public readonly int Count => _count;

    public readonly int Capacity => _capacity;

    public readonly bool IsFull => _count == _capacity;

    /// <summary>The rows kept, nearest first; good until the next offer.</summary>
    public readonly ReadOnlySpan<RowDistance> Items => _items.AsSpan(0, _count);

    /// <summary>The distance beyond which an offer is turned away: that of the last row kept, or infinity while there is room.</summary>
    public readonly float Bound => IsFull ? _items[_count - 1].Distance : float.PositiveInfinity;

    /// <summary>Keeps the row if it is among the nearest k so far.</summary>
    /// <returns>Whether it was kept.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Offer(int row, float distance)
    {
        var item = new RowDistance(row, distance);
        return (!IsFull || item.IsBefore(_items[_count - 1])) && Insert(item);
    }

    /// <summary>Forgets all rows.</summary>
    public void Clear() => _count = 0;

    private bool Insert(RowDistance item)
    {
        int low = 0, high = _count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_items[middle].IsBefore(item))
                low = middle + 1;
            else
                high = middle;
        }

        if (low < _count && _items[low] == item)
            return false;
        if (!IsFull)
            _count++;
        Array.Copy(_items, low, _items, low + 1, _count - 1 - low);
        _items[low] = item;
        return true;
    }
}
