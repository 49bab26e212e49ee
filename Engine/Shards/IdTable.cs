using System.Runtime.InteropServices;

namespace JadeVector.Engine.Shards;

/// <summary>From id to the latest row of a growing part, off the managed heap: one writer, any number of readers without a lock.</summary>
/// <remarks>
/// A table that is outgrown stays allocated until disposal (all of them together are smaller than the newest): a reader that still looks
/// into it finds every row that was published before it began.
/// </remarks>
internal sealed unsafe class IdTable : IDisposable
{
    private readonly List<Slots> _all = [];
    private Slots _slots;
    private int _used;

    public IdTable()
    {
        _slots = new Slots(IdSlots.CapacityMin);
        _all.Add(_slots);
    }

    /// <summary>Ids in the table.</summary>
    public int Count => _used;

    public long MemoryBytes
    {
        get
        {
            var newest = Volatile.Read(ref _slots);
            return 2L * newest.Capacity * sizeof(ulong);
        }
    }

    public int Find(ulong hash, ReadOnlySpan<byte> id, Part part)
    {
        var slots = Volatile.Read(ref _slots);
        return IdSlots.Find(slots.Memory, slots.Capacity - 1, hash, id, part);
    }

    /// <summary>Makes a row the one of its id. The row's id can be read already.</summary>
    /// <param name="hash">Of the id.</param>
    /// <param name="row">The new row.</param>
    /// <param name="replaced">The row that <see cref="Find"/> gave for the id, or -1.</param>
    /// <param name="part">Knows the ids of the rows, for rehashing.</param>
    public void Put(ulong hash, int row, int replaced, Part part)
    {
        if (2L * (_used + 1) > _slots.Capacity)
            Grow(part);
        if (IdSlots.Put(_slots.Memory, _slots.Capacity - 1, hash, row, replaced))
            _used++;
    }

    public void Dispose()
    {
        foreach (var slots in _all)
            NativeMemory.Free(slots.Memory);
        _all.Clear();
    }

    private void Grow(Part part)
    {
        var larger = new Slots(checked(_slots.Capacity * 2));
        _all.Add(larger);
        for (var slot = 0; slot < _slots.Capacity; slot++)
        {
            var entry = _slots.Memory[slot];
            if (entry == 0)
                continue;
            var row = IdSlots.RowOf(entry);
            IdSlots.Put(larger.Memory, larger.Capacity - 1, ShardRanges.HashOf(part.Id(row)), row, replaced: -1);
        }

        Volatile.Write(ref _slots, larger);
    }

    private sealed class Slots(int capacity)
    {
        public readonly ulong* Memory = (ulong*)NativeMemory.AllocZeroed((nuint)capacity, sizeof(ulong));

        public int Capacity { get; } = capacity;
    }
}
