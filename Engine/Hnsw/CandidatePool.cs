using System.Runtime.CompilerServices;

namespace JadeVector.Engine.Hnsw;

/// <summary>The nearest candidates of a walk, at most a fixed number, in order: a flat sorted array of keys. What falls out at its end is forgotten.</summary>
/// <remarks>A mutable struct over memory that is lent: keep it in a local variable. For the lengths in use (tens to hundreds) moving the tail beats a heap, and the next candidate is found by walking on.</remarks>
internal unsafe struct CandidatePool(ulong* keys, int capacity)
{
    private int _count;

    public readonly int Count => _count;

    public readonly bool IsFull => _count == capacity;

    public readonly ulong this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => keys[index];
    }

    /// <summary>Only a key below this one gets in.</summary>
    public readonly ulong Bound
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => IsFull ? keys[capacity - 1] : CandidateKey.Last;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void MarkFollowed(int index) => keys[index] = CandidateKey.Followed(keys[index]);

    /// <summary>Puts in a key that is below <see cref="Bound"/>.</summary>
    /// <returns>Its place.</returns>
    public int Insert(ulong key)
    {
        int low = 0, high = _count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (keys[middle] < key)
                low = middle + 1;
            else
                high = middle;
        }

        if (_count < capacity)
            _count++;
        new ReadOnlySpan<ulong>(keys + low, _count - 1 - low).CopyTo(new Span<ulong>(keys + low + 1, _count - 1 - low));
        keys[low] = key;
        return low;
    }
}
