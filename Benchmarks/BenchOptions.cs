using JadeVector.Engine.Distance;

namespace JadeVector.Benchmarks;

/// <summary>What to measure.</summary>
public sealed record BenchOptions
{
    public const int KDefault = 10, RunsDefault = 3;

    /// <summary>A file of vectors to build over.</summary>
    public required string Base { get; init; }

    /// <summary>A file of vectors to search with.</summary>
    public required string Query { get; init; }

    /// <summary>A file of the true neighbours of every query, or null to compute them.</summary>
    public string? Truth { get; init; }

    /// <summary>Where to write the truth as .ibin; null does not.</summary>
    public string? SaveTruth { get; init; }

    public Metric Metric { get; init; } = Metric.Euclidean;

    /// <summary>Results asked for.</summary>
    public int K { get; init; } = KDefault;

    /// <summary>Threads that search at once.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Threads that build.</summary>
    public int BuildThreads { get; init; } = 1;

    /// <summary>Kind of index.</summary>
    public string Index { get; init; } = "hnsw";

    /// <summary>The index's parameters, each name=value.</summary>
    public IReadOnlyList<string> Parameters { get; init; } = [];

    /// <summary>Recalls to reach, each from above 0 to 1; empty sweeps over the index's settings.</summary>
    public IReadOnlyList<double> Recalls { get; init; } = [];

    /// <summary>Recalls for which the engine finds a setting by itself, on the rows alone; the queries then show what it is worth.</summary>
    public IReadOnlyList<double> Tunes { get; init; } = [];

    /// <summary>Runs of which the median counts.</summary>
    public int Runs { get; init; } = RunsDefault;

    /// <summary>How long a run lasts at least.</summary>
    public TimeSpan RunTime { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Rows to use at most, from the start of the file; null uses all.</summary>
    public int? Count { get; init; }

    /// <summary>Queries to use at most.</summary>
    public int Queries { get; init; } = int.MaxValue;

    /// <summary>Commands that measure other programs.</summary>
    public IReadOnlyList<string> Peers { get; init; } = [];

    /// <summary>Where to write the plot; null writes none.</summary>
    public string? Plot { get; init; }

    /// <summary>Whether standard output gets JSON lines only.</summary>
    public bool Json { get; init; }
}
