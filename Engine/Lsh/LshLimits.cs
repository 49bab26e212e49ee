using System.Numerics;

namespace JadeVector.Engine.Lsh;

/// <summary>The range and the default of everything that can be set about hash tables; what is outside is refused, never corrected.</summary>
public static class LshLimits
{
    public const int TablesMin = 1;
    public const int TablesDefault = 16;
    public const int TablesMax = 256;

    public const int FunctionsMin = 1;
    public const int FunctionsMax = 32;

    public const int ProbesMin = 1;
    public const int ProbesDefault = 16;
    public const int ProbesMax = 65_536;

    /// <summary>In standard deviations of a projection.</summary>
    public const float WidthMin = 0.01f;
    public const float WidthDefault = 2;
    public const float WidthMax = 100;

    /// <summary>A table has at most two to this power buckets.</summary>
    public const int BucketBitsMax = 22;

    /// <summary>Hash functions of a table for so many rows when none are asked for: about eight rows a bucket, if the rows were spread evenly over the halves of the space.</summary>
    public static int FunctionsFor(int rows) => Math.Clamp(BitOperations.Log2((uint)Math.Max(1, rows)) - 3, FunctionsMin, FunctionsMax);
}
