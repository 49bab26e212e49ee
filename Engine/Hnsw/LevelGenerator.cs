namespace JadeVector.Engine.Hnsw;

/// <summary>
/// The level of each row: at least l with probability M^-l (the paper's mL = 1/ln M), as a function of seed and row alone,
/// so that it does not depend on which thread inserts the row, nor on the machine (integers only).
/// </summary>
internal static class LevelGenerator
{
    /// <summary>The level of <paramref name="row"/>, 0 to <see cref="HnswLimits.LevelMax"/>.</summary>
    public static int LevelOf(ulong seed, int row, int m)
    {
        var hash = Mix(seed + (((ulong)row + 1) * 0x9E3779B97F4A7C15));
        var threshold = ulong.MaxValue / (ulong)m;
        var level = 0;
        while (level < HnswLimits.LevelMax && hash < threshold)
        {
            level++;
            threshold /= (ulong)m;
        }

        return level;
    }

    /// <summary>The finaliser of SplitMix64 (Steele, Lea and Flood 2014): every bit of the input moves half of the output's.</summary>
    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
