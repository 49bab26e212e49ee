namespace JadeVector.Engine.Shards;

/// <summary>Which parts a shard consists of, oldest first. Immutable; replaced as a whole by checkpoints.</summary>
/// <remarks>
/// The shard holds the current set; each reader holds the set it began with, by one interlocked increment for the whole read. When the last
/// holder of a replaced set lets go, the set lets go of its parts, and a part that is in no other set frees its memory.
/// </remarks>
internal sealed class PartSet
{
    private int _references = 1;

    public PartSet(IReadOnlyList<Part> parts)
    {
        Parts = [.. parts];
        foreach (var part in Parts)
            part.Retain();
    }

    public Part[] Parts { get; }

    /// <summary>Where new rows go.</summary>
    public GrowingPart Growing => (GrowingPart)Parts[^1];

    /// <returns>False when the last holder has let go already: there is a newer set.</returns>
    public bool TryRetain()
    {
        var references = Volatile.Read(ref _references);
        while (references > 0)
        {
            var seen = Interlocked.CompareExchange(ref _references, references + 1, references);
            if (seen == references)
                return true;
            references = seen;
        }

        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) > 0)
            return;
        foreach (var part in Parts)
            part.Release();
    }
}

/// <summary>
/// What a reader reads: parts and the last sequence number that counts. One object, published by one write, so that a batch becomes visible
/// as a whole and a reader never combines new parts with an old number or the other way round.
/// </summary>
internal sealed record ShardView(PartSet Set, ulong Sequence, long LiveCount);
