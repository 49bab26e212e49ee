using System.Buffers.Binary;

namespace JadeVector.Engine.Shards;

/// <summary>An answer in few bytes, for as long as its request id is remembered: one byte per item, nine for a conflict.</summary>
/// <param name="FirstSequence">That of the first applied item; the next applied ones follow.</param>
/// <param name="Sequence">As <see cref="WriteOutcome.Sequence"/>.</param>
/// <param name="Items">Status bytes, each conflict followed by the version found.</param>
internal sealed record BatchAnswer(ulong FirstSequence, ulong Sequence, byte[] Items)
{
    public static BatchAnswer From(IReadOnlyList<WriteItemOutcome> outcomes, ulong firstSequence, ulong sequence)
    {
        var conflicts = 0;
        foreach (var outcome in outcomes)
            conflicts += outcome.Status is WriteItemStatus.VersionConflict ? 1 : 0;
        var items = new byte[outcomes.Count + (sizeof(ulong) * conflicts)];
        var offset = 0;
        foreach (var outcome in outcomes)
        {
            items[offset++] = (byte)outcome.Status;
            if (outcome.Status is not WriteItemStatus.VersionConflict)
                continue;
            BinaryPrimitives.WriteUInt64LittleEndian(items.AsSpan(offset), outcome.Version);
            offset += sizeof(ulong);
        }

        return new BatchAnswer(firstSequence, sequence, items);
    }

    public WriteOutcome ToOutcome()
    {
        var outcomes = new List<WriteItemOutcome>(Items.Length);
        var next = FirstSequence;
        for (var offset = 0; offset < Items.Length;)
        {
            var status = (WriteItemStatus)Items[offset++];
            ulong version = 0;
            if (BatchCodec.IsApplied(status))
            {
                version = next++;
            }
            else if (status is WriteItemStatus.VersionConflict)
            {
                version = BinaryPrimitives.ReadUInt64LittleEndian(Items.AsSpan(offset));
                offset += sizeof(ulong);
            }

            outcomes.Add(new WriteItemOutcome(status, version));
        }

        return new WriteOutcome(outcomes, Sequence);
    }
}
