using System.Text.Json;
using System.Text.Json.Serialization;

namespace JadeVector.Hosting.Edge;

/// <summary>What to create.</summary>
public sealed record CreateDatabaseRequest
{
    /// <summary>Unique in the cluster, 1 to 128 characters.</summary>
    public string? Name { get; init; }

    /// <summary>At most 1,000 characters.</summary>
    public string? Description { get; init; }

    /// <summary>Components of every vector.</summary>
    public int? VectorDimension { get; init; }

    /// <summary><c>cosine</c> (default), <c>euclidean</c> or <c>dot</c>.</summary>
    public string? Metric { get; init; }

    /// <summary><c>HNSW</c> (default), <c>IVF</c>, <c>LSH</c> or <c>FLAT</c>.</summary>
    public string? IndexType { get; init; }

    public IndexParameters? IndexParameters { get; init; }

    public ShardingSettings? Sharding { get; init; }

    public ReplicationSettings? Replication { get; init; }

    public BackupSettings? Backups { get; init; }

    /// <summary>At most one: the model for <c>text</c> and <c>queryText</c>.</summary>
    public IReadOnlyList<EmbeddingModelSettings>? EmbeddingModels { get; init; }

    /// <summary>Not built yet: null or empty.</summary>
    public JsonElement? MetadataSchema { get; init; }

    /// <summary>Not built yet: null or empty.</summary>
    public JsonElement? RetentionPolicy { get; init; }

    /// <summary>Not built yet: null or empty.</summary>
    public JsonElement? AccessControl { get; init; }
}

/// <summary>What to change: name, description, <c>indexParameters.efSearch</c>, <c>.nprobe</c> and <c>.rescore</c>, <c>replication.factor</c> and <c>backups</c>; what is fixed at creation may only repeat itself.</summary>
public sealed record UpdateDatabaseRequest
{
    /// <summary>Unique in the cluster, 1 to 128 characters.</summary>
    public string? Name { get; init; }

    /// <summary>At most 1,000 characters.</summary>
    public string? Description { get; init; }

    /// <summary>Fixed at creation.</summary>
    public int? VectorDimension { get; init; }

    /// <summary>Fixed at creation.</summary>
    public string? Metric { get; init; }

    /// <summary>Fixed at creation.</summary>
    public string? IndexType { get; init; }

    public IndexParameters? IndexParameters { get; init; }

    public ShardingSettings? Sharding { get; init; }

    public ReplicationSettings? Replication { get; init; }

    public BackupSettings? Backups { get; init; }

    /// <summary>Not built yet: null or false.</summary>
    public bool? AutoScaling { get; init; }

    /// <summary>Not built yet: null or empty.</summary>
    public JsonElement? MetadataSchema { get; init; }

    /// <summary>Not built yet: null or empty.</summary>
    public JsonElement? RetentionPolicy { get; init; }

    /// <summary>Not built yet: null or empty.</summary>
    public JsonElement? AccessControl { get; init; }
}

/// <summary>Parameters of the index; each kind takes its own.</summary>
public sealed record IndexParameters
{
    /// <summary>HNSW: links per node above level 0, 2 to 128; 16 by default.</summary>
    [JsonPropertyName("M")]
    public int? M { get; init; }

    /// <summary>HNSW: candidates while linking, 4 to 10,000; 200 by default.</summary>
    public int? EfConstruction { get; init; }

    /// <summary>HNSW: candidates of a search that names none; 64 by default.</summary>
    public int? EfSearch { get; init; }

    /// <summary>
    /// What is compared on the way, before the vectors decide. HNSW: <c>none</c>, <c>int8</c> (the default from 64 dimensions up) or <c>1bit</c> (least memory). IVF:
    /// <c>none</c> or <c>pq</c> (the default).
    /// </summary>
    public string? Quantization { get; init; }

    /// <summary>IVF: cells of each segment, 1 to 65,536; 0, the default, goes by its vectors.</summary>
    [JsonPropertyName("nlist")]
    public int? Lists { get; init; }

    /// <summary>IVF with <c>pq</c>: components that share a code of four bits, 1 to 16; 2 by default.</summary>
    public int? PqComponents { get; init; }

    /// <summary>IVF with <c>pq</c>: vectors compared exactly for each result of a search that names no number, 1 to 1,000; 10 by default.</summary>
    public int? Rescore { get; init; }

    /// <summary>LSH: hash tables, 1 to 256; 16 by default.</summary>
    public int? Tables { get; init; }

    /// <summary>LSH: hash functions of each table, 1 to 32; 0, the default, goes by the vectors of each segment.</summary>
    public int? HashFunctions { get; init; }

    /// <summary>IVF, LSH: cells, or buckets of each table, that a search looks into that names no number, 1 to 65,536; 16 by default.</summary>
    [JsonPropertyName("nprobe")]
    public int? Probes { get; init; }
}

/// <summary>How the vectors are spread.</summary>
public sealed record ShardingSettings
{
    /// <summary><c>hash</c>; <c>range</c> and <c>vector</c> are not built yet.</summary>
    public string? Strategy { get; init; }

    /// <summary>1 by default.</summary>
    public int? NumShards { get; init; }
}

/// <summary>Copies of each shard.</summary>
public sealed record ReplicationSettings
{
    /// <summary>The owner's copy and those that follow it, 1 to 5; 1 by default. Each needs a node of its own.</summary>
    public int? Factor { get; init; }

    /// <summary>False: copies follow the owner's log, and no write waits for them.</summary>
    public bool? Sync { get; init; }
}

/// <summary>Snapshots that the database takes by itself.</summary>
public sealed record BackupSettings
{
    /// <summary>From one to the next, 60 to 31,536,000; 0 for none.</summary>
    public int? EverySeconds { get; init; }

    /// <summary>How many are kept, 1 to 50; 7 by default. Older ones are let go; those that somebody asked for are not counted, and stay.</summary>
    public int? Keep { get; init; }
}

/// <summary>A model that embeds texts for a database.</summary>
public sealed record EmbeddingModelSettings
{
    /// <summary>A model of this node, or <c>default</c>.</summary>
    public string? Name { get; init; }

    public string? Version { get; init; }

    public string? Provider { get; init; }

    /// <summary><c>text</c>.</summary>
    public string? InputType { get; init; }

    /// <summary>The database's dimension.</summary>
    public int? OutputDimension { get; init; }

    /// <summary>Not built yet: null or empty.</summary>
    public JsonElement? Parameters { get; init; }

    public string? Status { get; init; }
}
