namespace JadeVector.Engine.Ivf;

/// <summary>How cells are built.</summary>
public sealed record IvfOptions
{
    /// <summary>Cells (nlist), <see cref="IvfLimits.ListCountMin"/> to <see cref="IvfLimits.ListCountMax"/>, at most one a row; 0 takes <see cref="IvfLimits.ListCountFor"/>.</summary>
    public int ListCount { get; init; }

    /// <summary>Components that share a code of four bits, <see cref="IvfLimits.CodeComponentsMin"/> to <see cref="IvfLimits.CodeComponentsMax"/>; 0 keeps no codes and compares full vectors only.</summary>
    public int CodeComponents { get; init; } = IvfLimits.CodeComponentsDefault;

    /// <summary>Decides which rows are drawn for training: the same seed gives the same cells.</summary>
    public int Seed { get; init; } = 0x4A616465;

    /// <summary>Refuses what is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the option, its value and its limit.</exception>
    public void Validate()
    {
        if (ListCount != 0)
            ArgumentOutOfRangeException.ThrowIfLessThan(ListCount, IvfLimits.ListCountMin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ListCount, IvfLimits.ListCountMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(CodeComponents, IvfLimits.CodeComponentsMin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(CodeComponents, IvfLimits.CodeComponentsMax);
    }
}
