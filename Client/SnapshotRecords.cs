namespace JadeVector.Client;

/// <summary>A state of a database that is kept.</summary>
public sealed record Snapshot
{
    public required string SnapshotId { get; init; }

    public required string DatabaseId { get; init; }

    /// <summary>What its maker calls it.</summary>
    public string Label { get; init; } = "";

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>By shard: the sequence number whose state it is.</summary>
    public IReadOnlyList<ulong> Sequences { get; init; } = [];

    /// <summary>The database took it by itself, and lets it go by itself.</summary>
    public bool Scheduled { get; init; }
}
