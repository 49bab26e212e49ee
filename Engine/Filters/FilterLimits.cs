namespace JadeVector.Engine.Filters;

/// <summary>What a filter may cost. A filter that breaks a limit is refused before a row is read.</summary>
public static class FilterLimits
{
    /// <summary>How deep and, or, not and condition lists may nest.</summary>
    public const int DepthMin = 1, DepthDefault = 16, DepthMax = 64;

    /// <summary>Conditions on fields in the whole filter; each reads the metadata of a row once.</summary>
    public const int ConditionsMin = 1, ConditionsDefault = 128, ConditionsMax = 1_024;

    /// <summary>Values in one list of <c>$in</c>, <c>$nin</c> or <c>$all</c>.</summary>
    public const int ListValuesMin = 1, ListValuesDefault = 1_000, ListValuesMax = 10_000;

    /// <summary>Characters of a regular expression.</summary>
    public const int RegexLengthMin = 1, RegexLengthDefault = 512, RegexLengthMax = 4_096;

    /// <summary>How deep objects and arrays of a row's metadata may nest.</summary>
    public const int MetadataDepthMax = 256;
}

/// <summary>The limits in force, within <see cref="FilterLimits"/>.</summary>
public sealed record FilterOptions
{
    public static FilterOptions Default { get; } = new();

    public int DepthMax { get; init => field = Checked(value, FilterLimits.DepthMin, FilterLimits.DepthMax, nameof(DepthMax)); }
        = FilterLimits.DepthDefault;

    public int ConditionsMax { get; init => field = Checked(value, FilterLimits.ConditionsMin, FilterLimits.ConditionsMax, nameof(ConditionsMax)); }
        = FilterLimits.ConditionsDefault;

    public int ListValuesMax { get; init => field = Checked(value, FilterLimits.ListValuesMin, FilterLimits.ListValuesMax, nameof(ListValuesMax)); }
        = FilterLimits.ListValuesDefault;

    public int RegexLengthMax { get; init => field = Checked(value, FilterLimits.RegexLengthMin, FilterLimits.RegexLengthMax, nameof(RegexLengthMax)); }
        = FilterLimits.RegexLengthDefault;

    private static int Checked(int value, int min, int max, string name) =>
        value >= min && value <= max ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is {min} to {max}.");
}
