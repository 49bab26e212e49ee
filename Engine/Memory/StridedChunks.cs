using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace JadeVector.Engine.Memory;

/// <summary>
/// Items of one fixed size, addressed by number, off the managed heap. An item never moves. Either growing (zeroed chunks
/// that hold a power of two of items each) or one piece of foreign memory, with the same addressing for both.
/// </summary>
/// <remarks>
/// A mutable struct so that owners address items without a further indirection: hold it in one field that is not readonly and never copy it.
/// One thread at a time may grow it; any thread may read items below a count that it learned with acquire order after they were
/// published: a chunk table that is outgrown stays allocated until disposal, so whichever table a reader sees holds that item.
/// There is no finaliser: the owner decides when no reader is left.
/// </remarks>
internal unsafe struct StridedChunks : IDisposable
{
    /// <summary>Bytes that a chunk aims at: few enough system mappings for many gigabytes; untouched pages of it cost nothing.</summary>
    private const int ChunkTargetBytes = 1 << 20;

    /// <summary>Chunks and foreign memory start on such a boundary: a cache line, and the widest vector.</summary>
    public const int Alignment = 64;

    private nint _table; // byte*[]; a number because Volatile takes no pointer to pointers
    private readonly nint _stride;
    private readonly int _shift;
    private readonly int _mask;
    private readonly List<nint>? _allocations;
    private int _chunks;
    private int _tableCapacity;

    /// <summary>An empty, growing one.</summary>
    /// <param name="strideBytes">Bytes from one item to the next, at least 1.</param>
    public StridedChunks(int strideBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(strideBytes, 1);
        _stride = strideBytes;
        while (_shift < 20 && ((long)strideBytes << (_shift + 1)) <= ChunkTargetBytes)
            _shift++;
        _mask = (1 << _shift) - 1;
        _allocations = [];
    }

    /// <summary>All items in one piece of memory that someone else owns.</summary>
    public StridedChunks(byte* first, int strideBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(strideBytes, 1);
        _stride = strideBytes;
        _shift = 31;
        _mask = int.MaxValue;
        _table = (nint)NativeMemory.Alloc((nuint)sizeof(byte*));
        *(byte**)_table = first;
        _allocations = [_table];
    }

    public readonly int StrideBytes => (int)_stride;

    public readonly bool IsForeign => _shift == 31;

    /// <summary>Where item <paramref name="index"/> starts; not checked: 0 to the count made sure of, exclusive.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly byte* At(int index) => ((byte**)_table)[(uint)index >> _shift] + ((index & _mask) * _stride);

    /// <summary>Makes items 0 to <paramref name="count"/> - 1 exist; new ones are all zero bytes.</summary>
    public void EnsureCount(int count)
    {
        if (IsForeign)
            throw new InvalidOperationException("Memory that is mapped cannot grow.");
        var needed = (int)(((long)count + _mask) >> _shift);
        while (_chunks < needed)
        {
            if (_chunks == _tableCapacity)
                GrowTable();
            ((byte**)_table)[_chunks] = (byte*)AllocateZeroed(_stride << _shift, _allocations!);
            _chunks++;
        }
    }

    /// <summary>Zeroed memory that starts on an <see cref="Alignment"/> boundary; what to free later goes to <paramref name="allocations"/>.</summary>
    internal static nint AllocateZeroed(nint bytes, List<nint> allocations)
    {
        // calloc rather than aligned allocation and a clear: pages that are never touched then cost no memory.
        var start = (nint)NativeMemory.AllocZeroed((nuint)bytes + Alignment);
        allocations.Add(start);
        return (start + Alignment - 1) & ~(nint)(Alignment - 1);
    }

    public void Dispose()
    {
        if (_allocations is null)
            return;
        foreach (var allocation in _allocations)
            NativeMemory.Free((void*)allocation);
        _allocations.Clear();
        _table = 0;
        _chunks = 0;
        _tableCapacity = 0;
    }

    private void GrowTable()
    {
        var capacity = Math.Max(16, _tableCapacity * 2);
        var table = NativeMemory.AllocZeroed((nuint)capacity, (nuint)sizeof(byte*));
        _allocations!.Add((nint)table);
        new ReadOnlySpan<nint>((void*)_table, _chunks).CopyTo(new Span<nint>(table, capacity));
        _tableCapacity = capacity;
        Volatile.Write(ref _table, (nint)table);
    }
}
