using System.Runtime.InteropServices;

namespace JadeVector.Engine.Memory;

/// <summary>Byte strings of any length, appended off the managed heap. An item never moves and lies in one piece, so it can be read as one span.</summary>
/// <remarks>
/// One thread at a time appends. Any thread may read an item whose offset and length were published to it after the append.
/// The owner disposes of it when no reader is left; there is no finaliser.
/// </remarks>
public sealed unsafe class NativeArena : IDisposable
{
    // An offset is a unit's number times UnitBytes plus the place in it. An item that is longer than a unit takes several
    // units in a row, which are one allocation, so that it is contiguous and its offset is found like any other.
    private const int UnitShift = 18;
    private const int UnitBytes = 1 << UnitShift;
    private const int UnitsPerAllocation = 4;

    private readonly List<nint> _allocations = [];
    private nint _units; // nint[]: where each unit starts
    private int _unitCapacity;
    private int _unitCount;
    private long _next;
    private long _used;

    /// <summary>Bytes of all items.</summary>
    public long MemoryBytes => Volatile.Read(ref _used);

    /// <summary>Copies <paramref name="bytes"/> in and returns where they are, for <see cref="Slice"/>.</summary>
    public long Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return 0;
        var left = ((long)_unitCount << UnitShift) - _next;
        var leftInUnit = UnitBytes - (_next & (UnitBytes - 1));
        if (bytes.Length > left || bytes.Length > leftInUnit)
            _next = StartOf(bytes.Length, left);
        var offset = _next;
        bytes.CopyTo(new Span<byte>(Address(offset), bytes.Length));
        _next += bytes.Length;
        Volatile.Write(ref _used, _used + bytes.Length);
        return offset;
    }

    /// <summary>The <paramref name="length"/> bytes at <paramref name="offset"/>, for as long as this lives; offset and length are those of one append (or a part of it).</summary>
    public ReadOnlySpan<byte> Slice(long offset, int length) =>
        length == 0 ? [] : new ReadOnlySpan<byte>(Address(offset), length);

    public void Dispose()
    {
        foreach (var allocation in _allocations)
            NativeMemory.Free((void*)allocation);
        _allocations.Clear();
        _units = 0;
        _unitCapacity = 0;
        _unitCount = 0;
        _next = 0;
        _used = 0;
    }

    private byte* Address(long offset) => (byte*)((nint*)_units)[offset >> UnitShift] + (offset & (UnitBytes - 1));

    /// <summary>Where an item that does not fit behind the last one starts: the next unit, or fresh memory of its own.</summary>
    private long StartOf(int length, long left)
    {
        var nextUnit = (_next + UnitBytes - 1) >> UnitShift;
        if (left > 0 && length <= UnitBytes && nextUnit < _unitCount)
            return nextUnit << UnitShift;
        var units = Math.Max(UnitsPerAllocation, (int)(((long)length + UnitBytes - 1) >> UnitShift));
        var memory = StridedChunks.AllocateZeroed((nint)units << UnitShift, _allocations);
        var first = _unitCount;
        GrowTable(first + units);
        for (var unit = 0; unit < units; unit++)
            ((nint*)_units)[first + unit] = memory + ((nint)unit << UnitShift);
        _unitCount = first + units;
        return (long)first << UnitShift;
    }

    private void GrowTable(int count)
    {
        if (count <= _unitCapacity)
            return;
        var capacity = Math.Max(count, Math.Max(16, _unitCapacity * 2));
        var table = NativeMemory.AllocZeroed((nuint)capacity, (nuint)sizeof(nint));
        _allocations.Add((nint)table);
        new ReadOnlySpan<nint>((void*)_units, _unitCount).CopyTo(new Span<nint>(table, capacity));
        _unitCapacity = capacity;
        // The outgrown table stays: a reader that still sees it finds every item published before.
        Volatile.Write(ref _units, (nint)table);
    }
}
