namespace JadeVector.Cli.Drills.Cluster;

/// <summary>How hard to drill a cluster.</summary>
public sealed record ClusterDrillOptions
{
    public const int KillsMax = 10_000, SilosMin = 2, SilosMax = 16, ApisMax = 8, ShardsMax = 256, FactorMax = 5;

    /// <summary>Silos to kill, one after the other; 0 only loads and reads.</summary>
    public int Kills { get; init; } = 30;

    /// <summary>From one kill, or one restart, to the next.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>From a kill to the start of the silo that takes the place, as where an orchestrator has to notice first.</summary>
    public TimeSpan RestartAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Stop silos with SIGTERM, one after the other, in place of killing them at random.</summary>
    public bool Rolling { get; init; }

    public int Silos { get; init; } = 3;

    public int Apis { get; init; } = 2;

    public int Shards { get; init; } = 12;

    /// <summary>Copies of every shard.</summary>
    public int Factor { get; init; } = 2;

    /// <summary>Ids to load; once all are there, random ones are written anew until the last kill.</summary>
    public int Vectors { get; init; } = 50_000;

    public int Writers { get; init; } = 4;

    public int Readers { get; init; } = 4;

    /// <summary>Between two batches of a writer: as long as it takes to go on loading until three quarters of the kills are over, a second at most.</summary>
    public TimeSpan WritePace => TimeSpan.FromSeconds(
        Math.Clamp(0.75 * Kills * Every.TotalSeconds * LoadWriter.BatchSize * Writers / Vectors, 0.02, 1));

    /// <summary>Decides what is written and read and which silo goes when.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>How far an eventual read may lag behind what was acknowledged.</summary>
    public TimeSpan EventualLag { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How far a bounded read may: the owner's last look at storage, and a little for the clocks of two processes.</summary>
    public TimeSpan BoundedLag { get; init; } = TimeSpan.FromSeconds(1.5);
}

/// <param name="Wrong">Answers that broke a promise, one sentence each.</param>
public sealed record ClusterDrillResult(int Kills, long Acknowledged, long Reads, long FailedReads, IReadOnlyList<string> Wrong)
{
    public bool IsClean => Wrong.Count == 0;
}
