namespace JadeVector.Engine.Lsh;

/// <summary>How hash tables are built.</summary>
public sealed record LshOptions
{
    /// <summary>Tables, <see cref="LshLimits.TablesMin"/> to <see cref="LshLimits.TablesMax"/>.</summary>
    public int Tables { get; init; } = LshLimits.TablesDefault;

    /// <summary>Hash functions of each table, <see cref="LshLimits.FunctionsMin"/> to <see cref="LshLimits.FunctionsMax"/>; 0 takes <see cref="LshLimits.FunctionsFor"/>.</summary>
    public int Functions { get; init; }

    /// <summary>Width of the slices that a hash function of the Euclidean metric cuts, in standard deviations of the rows' projections: <see cref="LshLimits.WidthMin"/> to <see cref="LshLimits.WidthMax"/>. Other metrics have halves, not slices.</summary>
    public float Width { get; init; } = LshLimits.WidthDefault;

    /// <summary>Decides the directions of the projections: the same seed gives the same tables.</summary>
    public int Seed { get; init; } = 0x4A616465;

    /// <summary>Refuses what is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the option, its value and its limit.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Tables, LshLimits.TablesMin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Tables, LshLimits.TablesMax);
        if (Functions != 0)
            ArgumentOutOfRangeException.ThrowIfLessThan(Functions, LshLimits.FunctionsMin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Functions, LshLimits.FunctionsMax);
        if (!(Width >= LshLimits.WidthMin && Width <= LshLimits.WidthMax))
            throw new ArgumentOutOfRangeException(nameof(Width), Width, $"The width is {LshLimits.WidthMin} to {LshLimits.WidthMax}.");
    }
}
