using System.Text.Json.Serialization;

namespace JadeVector.Client;

/// <summary>A database to create.</summary>
public sealed record DatabaseDefinition
{
    /// <summary>Unique on the server.</summary>
    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>Components of every vector.</summary>
    public required int VectorDimension { get; init; }

    /// <summary><c>cosine</c> (the server's default), <c>euclidean</c> or <c>dot</c>.</summary>
    public string? Metric { get; init; }

    /// <summary><c>HNSW</c> (the server's default), <c>IVF</c>, <c>LSH</c> or <c>FLAT</c>.</summary>
    public string? IndexType { get; init; }

    public IndexParameters? IndexParameters { get; init; }

    public Sharding? Sharding { get; init; }

    public Replication? Replication { get; init; }

    public Backups? Backups { get; init; }
}

/// <summary>Snapshots that the database takes by itself.</summary>
public sealed record Backups
{
    /// <summary>From one to the next, 60 to 31,536,000; 0 for none.</summary>
    public required int EverySeconds { get; init; }

    /// <summary>How many are kept, 1 to 50; null is the server's default.</summary>
    public int? Keep { get; init; }
}

public sealed record Replication
{
    /// <summary>Copies of every shard: 1 is the owner alone.</summary>
    public required int Factor { get; init; }
}

/// <summary>Settings of an index; null leaves the server's default. Each kind takes its own.</summary>
public sealed record IndexParameters
{
    /// <summary>HNSW: links per node above level 0.</summary>
    [JsonPropertyName("M")]
    public int? M { get; init; }

    /// <summary>HNSW: candidate list length while linking.</summary>
    public int? EfConstruction { get; init; }

    /// <summary>HNSW: candidate list length of a search.</summary>
    public int? EfSearch { get; init; }

    /// <summary>What is compared on the way, before the vectors decide. HNSW: <c>none</c>, <c>int8</c> or <c>1bit</c>; IVF: <c>none</c> or <c>pq</c>. Fixed at creation.</summary>
    public string? Quantization { get; init; }

    /// <summary>IVF: cells of each segment; 0 goes by its vectors. Fixed at creation.</summary>
    [JsonPropertyName("nlist")]
    public int? Lists { get; init; }

    /// <summary>IVF with <c>pq</c>: components that share a code of four bits. Fixed at creation.</summary>
    public int? PqComponents { get; init; }

    /// <summary>IVF with <c>pq</c>: vectors compared exactly for each result of a search.</summary>
    public int? Rescore { get; init; }

    /// <summary>LSH: hash tables. Fixed at creation.</summary>
    public int? Tables { get; init; }

    /// <summary>LSH: hash functions of each table; 0 goes by the vectors of each segment. Fixed at creation.</summary>
    public int? HashFunctions { get; init; }

    /// <summary>IVF, LSH: cells, or buckets of each table, that a search looks into.</summary>
    [JsonPropertyName("nprobe")]
    public int? Probes { get; init; }
}

public sealed record Sharding
{
    public string Strategy { get => field ?? "hash"; init; }

    public required int NumShards { get; init; }
}

/// <summary>What can change after creation; null leaves it.</summary>
public sealed record DatabaseUpdate
{
    public string? Name { get; init; }

    public string? Description { get; init; }

    public IndexParameters? IndexParameters { get; init; }

    /// <summary>Every 0 seconds is never.</summary>
    public Backups? Backups { get; init; }
}

/// <summary>A database as the server describes it.</summary>
public sealed record Database
{
    public required string DatabaseId { get; init; }

    public required string Name { get; init; }

    public string Description { get => field ?? ""; init; }

    public required int VectorDimension { get; init; }

    public string Metric { get => field ?? "cosine"; init; }

    public string IndexType { get => field ?? "HNSW"; init; }

    public IndexParameters? IndexParameters { get; init; }

    public Sharding? Sharding { get; init; }

    /// <summary>Null where the database takes no snapshots by itself.</summary>
    public Backups? Backups { get; init; }

    /// <summary><c>creating</c>, <c>active</c> or <c>deleting</c>.</summary>
    public string State { get => field ?? ""; init; }

    [JsonPropertyName("created_at")]
    public DateTimeOffset CreatedAt { get; init; }

    [JsonPropertyName("updated_at")]
    public DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>State and counts of a database and its shards.</summary>
public sealed record DatabaseStatus
{
    public required string DatabaseId { get; init; }

    /// <summary><c>healthy</c>, <c>warning</c> or <c>critical</c>.</summary>
    public string Status { get => field ?? ""; init; }

    public DatabaseStats? Stats { get; init; }

    /// <summary>In order of shard.</summary>
    public required IReadOnlyList<ShardStatus> Shards { get; init; }
}

public sealed record DatabaseStats
{
    public long VectorCount { get; init; }

    public long SizeBytes { get; init; }
}

/// <summary>One shard of a database.</summary>
public sealed record ShardStatus
{
    public required int Shard { get; init; }

    public long VectorCount { get; init; }

    /// <summary>Rows not yet linked into the graph; searches scan them exactly.</summary>
    public required long TailCount { get; init; }

    public int SegmentCount { get; init; }

    public long MemoryBytes { get; init; }

    /// <summary>What <see cref="MemoryBytes"/> are for, component by component; empty when the server does not tell.</summary>
    public IReadOnlyList<MemoryShare> Memory { get => field ?? []; init; }

    public long StorageBytes { get; init; }

    /// <summary>How far the checkpoint is that is under way; null when none is.</summary>
    public BuildProgress? Checkpoint { get; init; }

    /// <summary>How far the compaction is that is under way; null when none is.</summary>
    public BuildProgress? Compaction { get; init; }

    /// <summary>The node that hosts the shard.</summary>
    public string Node { get => field ?? ""; init; }

    /// <summary>Null when the shard serves.</summary>
    public string? Error { get; init; }
}

/// <summary>What some of a shard's memory is for.</summary>
public sealed record MemoryShare
{
    /// <summary>As <c>vectors</c>, <c>codes</c>, <c>links</c>, <c>sketches</c>, <c>cells</c>, <c>ids</c>, <c>metadata</c>, <c>texts</c>, <c>rows</c>, <c>padding</c>.</summary>
    public required string Component { get; init; }

    /// <summary>Of the server's process.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Of mapped files.</summary>
    public long MappedBytes { get; init; }
}

/// <summary>How far the index over the vectors that are written into a segment is.</summary>
public sealed record BuildProgress
{
    /// <summary>0 to <see cref="Rows"/>.</summary>
    public long RowsDone { get; init; }

    /// <summary>Vectors that are written.</summary>
    public long Rows { get; init; }
}
