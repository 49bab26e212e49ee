namespace JadeVector.Engine.Ivf;

/// <summary>The range and the default of everything that can be set about cells; what is outside is refused, never corrected.</summary>
public static class IvfLimits
{
    public const int ListCountMin = 1;
    public const int ListCountMax = 65_536;

    public const int ProbesMin = 1;
    public const int ProbesDefault = 16;
    public const int ProbesMax = ListCountMax;

    /// <summary>Without codes.</summary>
    public const int CodeComponentsMin = 0;

    /// <summary>Two components in four bits: an eighth of the space of int8, a sixteenth of float32.</summary>
    public const int CodeComponentsDefault = 2;
    public const int CodeComponentsMax = 16;

    public const int RescoreMin = 1;
    public const int RescoreDefault = 10;
    public const int RescoreMax = 1_000;

    /// <summary>The number of cells for so many rows when none is asked for: 4 √n, so that choosing cells and looking into them cost about the same.</summary>
    public static int ListCountFor(int rows) => Math.Clamp((int)(4 * Math.Sqrt(rows)), ListCountMin, Math.Max(ListCountMin, Math.Min(rows / 8, ListCountMax)));
}
