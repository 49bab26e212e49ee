using JadeVector.Engine.Hashing;

namespace JadeVector.Engine.Shards;

/// <summary>Part of the 64-bit space of id hashes; both ends belong to it.</summary>
public readonly record struct HashRange(ulong First, ulong Last)
{
    public bool Contains(ulong hash) => hash >= First && hash <= Last;
}

/// <summary>Which shard an id belongs to: docs/formats/shard-of-id.md. Never changes.</summary>
public static class ShardRanges
{
    /// <summary>XXH64, seed 0, of the id's bytes.</summary>
    public static ulong HashOf(ReadOnlySpan<byte> id) => XxHash64.Compute(id);

    /// <summary>The whole space in <paramref name="count"/> ranges of equal size, give or take one: range i starts at floor(i · 2^64 / count).</summary>
    /// <param name="count">1 or more.</param>
    /// <returns>In order, without gap or overlap.</returns>
    public static IReadOnlyList<HashRange> Split(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var ranges = new HashRange[count];
        for (var i = 0; i < count; i++)
            ranges[i] = new HashRange(Start(i, count), unchecked(Start(i + 1, count) - 1));
        return ranges;
    }

    /// <summary>The index of the range that a hash is in.</summary>
    /// <param name="ranges">The whole space in order, as <see cref="Split"/> gives it or after splits of single ranges.</param>
    /// <param name="hash">Of an id.</param>
    /// <exception cref="ArgumentException">The ranges leave the hash out.</exception>
    public static int Find(IReadOnlyList<HashRange> ranges, ulong hash)
    {
        int low = 0, high = ranges.Count - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (hash < ranges[middle].First)
                high = middle - 1;
            else if (hash > ranges[middle].Last)
                low = middle + 1;
            else
                return middle;
        }

        throw new ArgumentException($"No range has the hash {hash:x16}.", nameof(ranges));
    }

    // For i = count the quotient is 2^64, whose low 64 bits are 0: minus one, the last hash.
    private static ulong Start(int i, int count) => unchecked((ulong)(((UInt128)(uint)i << 64) / (uint)count));
}
