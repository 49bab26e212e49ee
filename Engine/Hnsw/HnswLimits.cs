namespace JadeVector.Engine.Hnsw;

/// <summary>The range and the default of everything that can be set about a graph; what is outside is refused, never corrected.</summary>
public static class HnswLimits
{
    // Two links hold a graph together only just: of 5,000 rows a tenth cannot be reached then. From 8 on it is good.
    public const int MMin = 2;
    public const int MDefault = 16;
    public const int MMax = 128;

    public const int EfConstructionMin = 4;
    public const int EfConstructionDefault = 200;
    public const int EfConstructionMax = 10_000;

    public const int EfSearchMin = 1;
    public const int EfSearchDefault = 64;
    public const int EfSearchMax = 16_384;

    /// <summary>The highest level a node may have. At M = 2, one row in 2^24 would be higher.</summary>
    public const int LevelMax = 24;
}
