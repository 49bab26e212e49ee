using JadeVector.Engine.Quantization;

namespace JadeVector.Engine.Hnsw;

/// <summary>How a graph is built.</summary>
public sealed record HnswOptions
{
    /// <summary>Links that a new node gets on each level: it may come to hold M of them on the upper levels and 2M on level 0. <see cref="HnswLimits.MMin"/> to <see cref="HnswLimits.MMax"/>.</summary>
    public int M { get; init; } = HnswLimits.MDefault;

    /// <summary>Candidates among which the links of a new node are chosen, <see cref="HnswLimits.EfConstructionMin"/> to <see cref="HnswLimits.EfConstructionMax"/>.</summary>
    public int EfConstruction { get; init; } = HnswLimits.EfConstructionDefault;

    /// <summary>Decides with the row number the level of a node: the same seed gives the same levels.</summary>
    public ulong Seed { get; init; } = 0x4A616465_56656374;

    /// <summary>What is walked on. A graph that grows has no one-bit codes: it uses bytes until it is frozen.</summary>
    public VectorCodes Codes { get; init; }

    /// <summary>Refuses what is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the option, its value and its limit.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(M, HnswLimits.MMin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(M, HnswLimits.MMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(EfConstruction, HnswLimits.EfConstructionMin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(EfConstruction, HnswLimits.EfConstructionMax);
        if (Codes > VectorCodes.OneBit)
            throw new ArgumentOutOfRangeException(nameof(Codes), Codes, "Unknown codes.");
    }
}
