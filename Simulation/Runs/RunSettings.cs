using JadeVector.Simulation.Faults;
using JadeVector.Simulation.Storage;

namespace JadeVector.Simulation.Runs;

/// <summary>What a run is a function of.</summary>
internal sealed record RunSettings(ulong Seed)
{
    public const long StepsDefault = 10_000;

    public const int OperationsDefault = 500;

    /// <summary>Decisions that it takes at least before it comes to an end.</summary>
    public long Steps { get; init; } = StepsDefault;

    /// <summary>Client operations that end at least.</summary>
    public int Operations { get; init; } = OperationsDefault;

    /// <summary>Faults that do not happen though the seed has them.</summary>
    public IReadOnlySet<FaultKind> Without { get; init; } = new HashSet<FaultKind>();

    /// <summary>A fault that happens much more often than usual, whatever the seed says.</summary>
    public FaultKind? Often { get; init; }

    public StoreBreach Breach { get; init; }

    public TextWriter? Trace { get; init; }

    /// <summary>The command that does it again.</summary>
    public string Command => $"./jade simulate {string.Join(' ', Arguments(1))}";

    /// <summary>The arguments of a command that runs so many seeds from this one on.</summary>
    public IEnumerable<string> Arguments(int seeds)
    {
        string[] always = ["--seed", $"{Seed}", "--seeds", $"{seeds}", "--steps", $"{Steps}", "--operations", $"{Operations}"];
        string[] without = Without.Count > 0 ? ["--without", string.Join(',', Without.Order())] : [];
        string[] breach = Breach != StoreBreach.None ? ["--breach", $"{Breach}"] : [];
        string[] often = Often is { } kind ? ["--often", $"{kind}"] : [];
        return [.. always, .. without, .. often, .. breach];
    }
}
