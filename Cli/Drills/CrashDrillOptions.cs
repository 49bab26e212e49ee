namespace JadeVector.Cli.Drills;

/// <summary>How hard to drill.</summary>
public sealed record CrashDrillOptions
{
    public const int KillsMin = 0, KillsDefault = 20, KillsMax = 10_000;

    public const int OutagesMin = 0, OutagesMax = 10_000;

    public const int StoreKillsMin = 0, StoreKillsMax = 10_000;

    public const int WritersMin = 1, WritersDefault = 8, WritersMax = 64;

    public const int ReadersMin = 0, ReadersDefault = 2, ReadersMax = 64;

    /// <summary>Rounds of write, kill, start, check.</summary>
    public int Kills { get; init; } = KillsDefault;

    /// <summary>Rounds of a store that cannot be reached for a while, each in another way; only with a store of the drill's own.</summary>
    public int Outages { get; init; }

    /// <summary>Rounds of SIGKILL to the store itself; only with a store of the drill's own.</summary>
    public int StoreKills { get; init; }

    /// <summary>Writers at once, each with ids of its own.</summary>
    public int Writers { get; init; } = WritersDefault;

    /// <summary>Readers at once, all through the drill.</summary>
    public int Readers { get; init; } = ReadersDefault;

    /// <summary>Whether the database is compacted, and snapshots and branches of it are made, checked and deleted, all through the drill.</summary>
    public bool HasUpkeep { get; init; } = true;

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

    /// <summary>How long a step of the upkeep may take, over restarts and outages.</summary>
    public TimeSpan UpkeepPatience { get; init; } = TimeSpan.FromMinutes(5);

    /// <exception cref="CliException">A number is out of range.</exception>
    internal void Validate()
    {
        if (Kills is < KillsMin or > KillsMax) throw new CliException($"--kills is {KillsMin} to {KillsMax}.");
        if (Outages is < OutagesMin or > OutagesMax) throw new CliException($"--outages is {OutagesMin} to {OutagesMax}.");
        if (StoreKills is < StoreKillsMin or > StoreKillsMax) throw new CliException($"--store-kills is {StoreKillsMin} to {StoreKillsMax}.");
        if (Kills + Outages + StoreKills == 0) throw new CliException("Without kills and outages there is nothing to drill.");
        if (Writers is < WritersMin or > WritersMax) throw new CliException($"--writers is {WritersMin} to {WritersMax}.");
        if (Readers is < ReadersMin or > ReadersMax) throw new CliException($"--readers is {ReadersMin} to {ReadersMax}.");
    }
}

/// <param name="Rounds">Kills, outages and kills of the store.</param>
/// <param name="Acknowledged">Single writes (items of batches count each) that the node acknowledged.</param>
/// <param name="Violations">Promises that were broken, one sentence each; empty is what we want.</param>
/// <param name="Reads">Reads that were answered and checked.</param>
/// <param name="Restores">Copies of the database (restored snapshots and branches) that were checked.</param>
public sealed record CrashDrillResult(int Rounds, long Acknowledged, long Reads, long Restores, IReadOnlyList<string> Violations)
{
    public bool IsClean => Violations.Count == 0;
}
