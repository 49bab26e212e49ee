namespace JadeVector.Grains.Interfaces;

/// <summary>How similarity is measured: the names of the public API.</summary>
[GenerateSerializer, Alias("jade.similarity-metric")]
public enum SimilarityMetric
{
    Cosine,
    Euclidean,
    Dot,
}

[GenerateSerializer, Alias("jade.index-kind")]
public enum IndexKind
{
    Hnsw,
    Flat,

    /// <summary>Cells around k-means centres.</summary>
    Ivf,

    /// <summary>Hash tables.</summary>
    Lsh,
}

/// <summary>What an index compares on the way; answers are by the vectors in any case.</summary>
[GenerateSerializer, Alias("jade.quantization")]
public enum Quantization
{
    /// <summary>The vectors.</summary>
    None,

    /// <summary>A byte per component.</summary>
    Int8,

    /// <summary>A bit per component, once rows are in segments; bytes before.</summary>
    OneBit,

    /// <summary>Four bits for a few components together, in cells.</summary>
    Product,
}

/// <summary>What a database is: fixed at creation except <see cref="Name"/>, <see cref="Description"/>, <see cref="EfSearch"/>, <see cref="Probes"/>, <see cref="Rescore"/>, <see cref="ReplicationFactor"/> and <see cref="Backups"/>.</summary>
[GenerateSerializer, Immutable, Alias("jade.database-settings")]
public sealed record DatabaseSettings
{
    /// <summary>Unique in the cluster, 1 to 128 characters; can change.</summary>
    [Id(0)] public required string Name { get; init; }

    [Id(1)] public string Description { get; init; } = "";

    /// <summary>Components of every vector, 1 to 65,536 (a limit of the API may be lower).</summary>
    [Id(2)] public required int Dimension { get; init; }

    [Id(3)] public SimilarityMetric Metric { get; init; }

    [Id(4)] public IndexKind Index { get; init; }

    /// <summary>Links per node above level 0 (twice as many on level 0).</summary>
    [Id(5)] public int M { get; init; } = 16;

    /// <summary>Candidate list length while linking.</summary>
    [Id(6)] public int EfConstruction { get; init; } = 200;

    /// <summary>Candidate list length of a search that names none.</summary>
    [Id(7)] public int EfSearch { get; init; } = 64;

    [Id(8)] public int ShardCount { get; init; } = 1;

    /// <summary>The embedding model for <c>text</c> and <c>queryText</c>; null is the node's default.</summary>
    [Id(9)] public string? EmbeddingModel { get; init; }

    /// <summary>Copies of each shard, the owner's included: 1 to 5.</summary>
    [Id(10)] public int ReplicationFactor { get; init; } = 1;

    [Id(11)] public Quantization Quantization { get; init; }

    /// <summary>Null: the database takes no snapshots by itself.</summary>
    [Id(12)] public BackupSchedule? Backups { get; init; }

    /// <summary>Cells of each segment; 0 goes by its vectors.</summary>
    [Id(13)] public int Lists { get; init; }

    /// <summary>Components that share a code, with <see cref="Quantization.Product"/>.</summary>
    [Id(14)] public int CodeComponents { get; init; } = 2;

    /// <summary>Cells, or buckets of each hash table, that a search looks into that names no number.</summary>
    [Id(15)] public int Probes { get; init; } = 16;

    /// <summary>Vectors compared for each result after codes were, by a search that names no number.</summary>
    [Id(16)] public int Rescore { get; init; } = 10;

    /// <summary>Hash tables.</summary>
    [Id(17)] public int Tables { get; init; } = 16;

    /// <summary>Hash functions of each table; 0 goes by the vectors of each segment.</summary>
    [Id(18)] public int Functions { get; init; }
}

[GenerateSerializer, Alias("jade.database-state")]
public enum DatabaseState
{
    Creating,
    Active,
    Deleting,
}

/// <summary>A database as its control plane sees it.</summary>
[GenerateSerializer, Immutable, Alias("jade.database-description")]
public sealed record DatabaseDescription
{
    /// <summary><c>db_</c> and a lower-case ULID; never reused.</summary>
    [Id(0)] public required string Id { get; init; }

    [Id(1)] public required DatabaseSettings Settings { get; init; }

    [Id(2)] public required DatabaseState State { get; init; }

    [Id(3)] public required ShardMap ShardMap { get; init; }

    [Id(4)] public required DateTimeOffset CreatedAt { get; init; }

    [Id(5)] public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>Which shard owns which part of the 64-bit space of XXH64(id). Ranges are in order, without gap or overlap.</summary>
[GenerateSerializer, Immutable, Alias("jade.shard-map")]
public sealed record ShardMap
{
    /// <summary>Grows with every change; a shard refuses calls with an older one as <c>stale_map</c>.</summary>
    [Id(0)] public required long Version { get; init; }

    [Id(1)] public required IReadOnlyList<ShardRange> Ranges { get; init; }
}

/// <summary>Both ends belong to the range.</summary>
[GenerateSerializer, Immutable, Alias("jade.shard-range")]
public readonly record struct ShardRange([property: Id(0)] ulong First, [property: Id(1)] ulong Last, [property: Id(2)] int Shard);

/// <summary>What <c>PUT /v1/databases/{id}</c> may change; null leaves a setting as it is.</summary>
[GenerateSerializer, Immutable, Alias("jade.database-changes")]
public sealed record DatabaseChanges
{
    [Id(0)] public string? Name { get; init; }

    [Id(1)] public string? Description { get; init; }

    [Id(2)] public int? EfSearch { get; init; }

    [Id(3)] public int? ReplicationFactor { get; init; }

    /// <summary>Every <see cref="BackupSchedule.Off"/> seconds is never.</summary>
    [Id(4)] public BackupSchedule? Backups { get; init; }

    [Id(5)] public int? Probes { get; init; }

    [Id(6)] public int? Rescore { get; init; }
}
