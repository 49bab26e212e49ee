namespace JadeVector.Engine.Shards;

/// <summary>
/// Open addressing over 64-bit slots: the high half of the id's XXH64 and the row number plus one; 0 is free. The same in memory and in
/// segments. A slot is read and written whole, so a lookup needs no lock; whether the id is the one looked for is decided by its bytes.
/// </summary>
internal static unsafe class IdSlots
{
    public const int CapacityMin = 16;

    /// <summary>Slots for that many ids: a power of two, at most half full.</summary>
    public static int CapacityFor(int count)
    {
        var capacity = CapacityMin;
        while (capacity < 2L * count)
            capacity = checked(capacity * 2);
        return capacity;
    }

    /// <summary>The row of an id, or -1. At least one slot is free.</summary>
    /// <param name="slots">The table.</param>
    /// <param name="mask">Capacity - 1.</param>
    /// <param name="hash">XXH64 of the id.</param>
    /// <param name="id">The bytes that decide.</param>
    /// <param name="part">Knows the id of a row.</param>
    public static int Find(ulong* slots, int mask, ulong hash, ReadOnlySpan<byte> id, Part part)
    {
        for (var slot = (int)hash & mask; ; slot = (slot + 1) & mask)
        {
            var entry = Volatile.Read(ref slots[slot]);
            if (entry == 0)
                return -1;
            if (entry >> 32 == hash >> 32 && part.Id(RowOf(entry)).SequenceEqual(id))
                return RowOf(entry);
        }
    }

    /// <summary>Enters a row; in place of <paramref name="replaced"/> when that is one of the table's rows.</summary>
    /// <returns>Whether a slot was taken that had been free.</returns>
    public static bool Put(ulong* slots, int mask, ulong hash, int row, int replaced)
    {
        var old = replaced < 0 ? 0 : Entry(hash, replaced);
        for (var slot = (int)hash & mask; ; slot = (slot + 1) & mask)
        {
            var entry = slots[slot];
            if (entry != old && entry != 0)
                continue;
            Volatile.Write(ref slots[slot], Entry(hash, row));
            return entry == 0;
        }
    }

    public static int RowOf(ulong entry) => (int)(uint)entry - 1;

    private static ulong Entry(ulong hash, int row) => (hash >> 32 << 32) | (uint)(row + 1);
}
