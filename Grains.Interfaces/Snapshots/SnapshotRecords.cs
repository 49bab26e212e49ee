namespace JadeVector.Grains.Interfaces;

/// <summary>A state of a database that is kept: one sequence number per shard.</summary>
[GenerateSerializer, Immutable, Alias("jade.snapshot-description")]
public sealed record SnapshotDescription
{
    /// <summary><c>sn_</c> and a lower-case ULID.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>What its maker calls it; need not be unique.</summary>
    [Id(1)] public string Label { get; init; } = "";

    [Id(2)] public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>By shard, in order: the state that each was in. Each existed; together they are not of one moment.</summary>
    [Id(3)] public IReadOnlyList<ulong> Sequences { get; init; } = [];

    /// <summary>The database took it by itself, and lets it go by itself.</summary>
    [Id(4)] public bool IsScheduled { get; init; }
}

/// <summary>What a database is made from, when it is not made empty.</summary>
[GenerateSerializer, Immutable, Alias("jade.database-origin")]
public sealed record DatabaseOrigin
{
    [Id(0)] public required string DatabaseId { get; init; }

    /// <summary>The snapshot; null for a branch, which begins with the state of now.</summary>
    [Id(1)] public string? SnapshotId { get; init; }

    /// <summary>Leave out what was written after this moment.</summary>
    [Id(2)] public DateTimeOffset? At { get; init; }
}

/// <summary>How one shard is made from another's kept state.</summary>
[GenerateSerializer, Immutable, Alias("jade.shard-origin")]
public sealed record ShardOrigin
{
    [Id(0)] public required string DatabaseId { get; init; }

    [Id(1)] public required string PinId { get; init; }

    /// <summary>Segments stay where they are and are read from there.</summary>
    [Id(2)] public bool Share { get; init; }

    [Id(3)] public DateTimeOffset? At { get; init; }
}
