namespace JadeVector.Cli.Drills;

/// <summary>How hard to drill.</summary>
public sealed record CrashDrillOptions
{
    public const int KillsMin = 1, KillsDefault = 20, KillsMax = 10_000;

    public const int WritersMin = 1, WritersDefault = 8, WritersMax = 64;

    /// <summary>Rounds of write, kill, start, check.</summary>
    public int Kills { get; init; } = KillsDefault;

    /// <summary>Writers at once, each with ids of its own.</summary>
    public int Writers { get; init; } = WritersDefault;

    /// <summary>Decides what is written and when the node is killed (not how the threads run).</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Shards of the database.</summary>
    public int Shards { get; init; } = 4;

    /// <summary>Ids that each writer inserts, updates and deletes.</summary>
    public int IdsPerWriter { get; init; } = 300;

    /// <summary>A kill comes after so many acknowledged requests of its round, at most.</summary>
    public int RequestsPerRoundMax { get; init; } = 200;

    /// <summary>How long the node may take to serve reads after a restart, and to acknowledge anything.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <exception cref="CliException">A number is out of range.</exception>
    internal void Validate()
    {
        if (Kills is < KillsMin or > KillsMax) throw new CliException($"--kills is {KillsMin} to {KillsMax}.");
        if (Writers is < WritersMin or > WritersMax) throw new CliException($"--writers is {WritersMin} to {WritersMax}.");
    }
}

/// <param name="Acknowledged">Single writes (items of batches count each) that the node acknowledged.</param>
/// <param name="Violations">Promises that were broken, one sentence each; empty is what we want.</param>
public sealed record CrashDrillResult(int Rounds, long Acknowledged, IReadOnlyList<string> Violations)
{
    public bool IsClean => Violations.Count == 0;
}
