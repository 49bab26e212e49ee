using System.Runtime.CompilerServices;
using JadeVector.Engine.Distance;

namespace JadeVector.Engine.Shards;

internal readonly record struct Hit(float Distance, int Part, int Row);

/// <summary>The nearest k rows of several parts: by distance, then by id bytes, which decide at the k-th place too. A sorted array.</summary>
internal sealed class HitHeap(Part[] parts, int capacity)
{
    private readonly Hit[] _items = new Hit[capacity];
    private int _count;

    public ReadOnlySpan<Hit> Items => _items.AsSpan(0, _count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Offer(int part, int row, float distance) =>
        (_count < _items.Length || distance <= _items[^1].Distance) && Insert(new Hit(distance, part, row));

    private bool Insert(Hit hit)
    {
        int low = 0, high = _count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (IsBefore(_items[middle], hit))
                low = middle + 1;
            else
                high = middle;
        }

        if (low == _items.Length)
            return false;
        if (_count < _items.Length)
            _count++;
        Array.Copy(_items, low, _items, low + 1, _count - 1 - low);
        _items[low] = hit;
        return true;
    }

    private bool IsBefore(in Hit left, in Hit right) =>
        left.Distance != right.Distance
            ? left.Distance < right.Distance
            : parts[left.Part].Id(left.Row).SequenceCompareTo(parts[right.Part].Id(right.Row)) < 0;
}

/// <summary>What a scan of one part offers its rows to.</summary>
internal readonly struct PartHits(HitHeap heap, int part) : INearestRows
{
    public bool Offer(int row, float distance) => heap.Offer(part, row, distance);
}
