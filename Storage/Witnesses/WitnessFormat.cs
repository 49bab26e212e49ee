using System.Buffers.Binary;
using System.Text;
using JadeVector.Engine.Hashing;
using JadeVector.Engine.Shards;
using JadeVector.Engine.Witnesses;

namespace JadeVector.Storage.Witnesses;

/// <summary>The bytes of a witness file: docs/formats/witness.md.</summary>
internal static class WitnessFormat
{
    internal const int SlotBytes = 256;

    private const int AddressOffset = 40, AddressBytesMax = 80, LogOffset = 120, LogBytesMax = 64;

    internal static ReadOnlySpan<byte> Header => "JVWITNS\x01"u8;

    /// <param name="slot">Shape [<see cref="SlotBytes"/>].</param>
    internal static void Write(Span<byte> slot, ShardAddress shard, ShardSighting sighting)
    {
        slot.Clear();
        slot[4] = (byte)Encoding.ASCII.GetBytes(shard.ToString(), slot.Slice(AddressOffset, AddressBytesMax));
        slot[5] = (byte)Encoding.ASCII.GetBytes(sighting.Log, slot.Slice(LogOffset, LogBytesMax));
        BinaryPrimitives.WriteUInt64LittleEndian(slot[8..], sighting.EditCounter);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[16..], sighting.EditNonce);
        BinaryPrimitives.WriteUInt64LittleEndian(slot[24..], sighting.Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(slot[32..], sighting.LogBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(slot, Crc32C.Compute(slot[4..]));
    }

    /// <returns>False for an empty slot, and for one that is not what was written.</returns>
    internal static bool TryRead(ReadOnlySpan<byte> slot, out ShardAddress shard, out ShardSighting sighting)
    {
        (shard, sighting) = (default, ShardSighting.None);
        if (BinaryPrimitives.ReadUInt32LittleEndian(slot) != Crc32C.Compute(slot[4..])
            || slot[4] is 0 or > AddressBytesMax
            || slot[5] > LogBytesMax
            || !ShardAddress.TryParse(Encoding.ASCII.GetString(slot.Slice(AddressOffset, slot[4])), out shard))
            return false;
        sighting = new ShardSighting(
            BinaryPrimitives.ReadUInt64LittleEndian(slot[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(slot[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(slot[24..]),
            Encoding.ASCII.GetString(slot.Slice(LogOffset, slot[5])),
            BinaryPrimitives.ReadInt64LittleEndian(slot[32..]));
        return true;
    }
}
