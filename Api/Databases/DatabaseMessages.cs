using System.Text.Json.Serialization;
using JadeVector.Hosting.Edge;

namespace JadeVector.Api.Databases;

/// <summary>A database.</summary>
public sealed record DatabaseResponse
{
    public required string DatabaseId { get; init; }

    /// <summary><c>success</c> in the answer to a change; absent elsewhere.</summary>
    public string? Status { get; init; }

    /// <summary>For a person, in the answer to a change.</summary>
    public string? Message { get; init; }

    public required string Name { get; init; }

    public required string Description { get; init; }

    public required int VectorDimension { get; init; }

    public required string Metric { get; init; }

    public required string IndexType { get; init; }

    public required IndexParameters IndexParameters { get; init; }

    public required ShardingSettings Sharding { get; init; }

    public required ReplicationSettings Replication { get; init; }

    /// <summary>Absent where the database takes no snapshots by itself.</summary>
    public BackupSettings? Backups { get; init; }

    public required IReadOnlyList<EmbeddingModelSettings> EmbeddingModels { get; init; }

    /// <summary><c>creating</c>, <c>active</c> or <c>deleting</c>.</summary>
    public required string State { get; init; }

    [JsonPropertyName("created_at")]
    public required DateTimeOffset CreatedAt { get; init; }

    [JsonPropertyName("updated_at")]
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Only where asked for with <c>includeStats=true</c>.</summary>
    public DatabaseStats? Stats { get; init; }
}

/// <summary>How much there is.</summary>
public sealed record DatabaseStats
{
    public required long VectorCount { get; init; }

    /// <summary>Logs and segments in the store.</summary>
    public required long SizeBytes { get; init; }

    public required int IndexCount { get; init; }

    /// <summary><see cref="SizeBytes"/> for a person, as <c>12 KB</c>.</summary>
    public required string StorageSize { get; init; }
}

/// <summary>A page of databases in order of id.</summary>
/// <param name="Total">Databases in the cluster, or those of the name asked for.</param>
/// <param name="NextCursor">Continues after the last one; absent at the end.</param>
public sealed record DatabaseListResponse(IReadOnlyList<DatabaseResponse> Databases, long Total, int Limit, long Offset, string? NextCursor)
{
    /// <summary>Databases of this page that cannot be described, and why; absent when there are none.</summary>
    public IReadOnlyList<UnavailableDatabaseResponse>? Unavailable { get; init; }
}

/// <param name="Code">The code of the problem that asking for the database gets.</param>
public sealed record UnavailableDatabaseResponse(string DatabaseId, string Code, string Detail);

/// <summary>State and counts of a database.</summary>
public sealed record DatabaseStatusResponse
{
    public required string DatabaseId { get; init; }

    public required string Name { get; init; }

    /// <summary><c>healthy</c>; <c>warning</c> when some shards do not serve, <c>critical</c> when none does.</summary>
    public required string Status { get; init; }

    public required string State { get; init; }

    public required DateTimeOffset Timestamp { get; init; }

    public required DatabaseStats Stats { get; init; }

    public required IReadOnlyList<ShardResponse> Shards { get; init; }
}

/// <summary>The shards of a database, in order.</summary>
/// <param name="MapVersion">Of the shard map.</param>
public sealed record ShardListResponse(string DatabaseId, long MapVersion, IReadOnlyList<ShardResponse> Shards);

/// <summary>A read copy of a shard.</summary>
public sealed record ReplicaResponse
{
    /// <summary>From 1.</summary>
    public required int Replica { get; init; }

    /// <summary><c>active</c>; <c>loading</c>; <c>lagging</c>, too far behind for eventual reads; <c>unplaced</c>, as there are too few nodes; <c>failed</c>.</summary>
    public required string State { get; init; }

    /// <summary>Why its last look at the log failed; absent when it did not.</summary>
    public string? Error { get; init; }

    public required string Node { get; init; }

    /// <summary>The last log sequence that its readers see.</summary>
    public required ulong Sequence { get; init; }

    /// <summary>How many sequence numbers it is behind the owner; absent where the owner does not answer.</summary>
    public ulong? LagSequences { get; init; }

    /// <summary>How long ago it had read the log to its end.</summary>
    public required double LagMs { get; init; }

    public required long VectorCount { get; init; }

    public required long MemoryBytes { get; init; }
}

/// <summary>What some of a shard's memory is for. Vectors that were deleted count until a compaction.</summary>
/// <param name="Component">
/// <c>vectors</c>; <c>codes</c> that are compared first; <c>links</c> of the graph; <c>sketches</c> that walks sift by; <c>cells</c>, or hash tables; <c>ids</c> with what finds them;
/// <c>metadata</c> with its indexes; <c>texts</c>; <c>rows</c>, when each was written and deleted and where it is; <c>padding</c> of files.
/// </param>
/// <param name="MemoryBytes">Of the process.</param>
/// <param name="MappedBytes">Of mapped files, of which the system keeps in memory what is read.</param>
/// <param name="BytesPerVector">Both together for each of <c>vectorCount</c> vectors; 0 when there is none.</param>
public sealed record MemoryShareResponse(string Component, long MemoryBytes, long MappedBytes, double BytesPerVector);

/// <summary>How far the index over the vectors that are written into a segment is.</summary>
/// <param name="RowsDone">0 to <c>rows</c>: linked into the graph; of cells and hash tables, which are built over all at once, the share of the work in rows.</param>
/// <param name="Rows">That are written.</param>
public sealed record BuildResponse(long RowsDone, long Rows);

/// <summary>One shard.</summary>
public sealed record ShardResponse
{
    public required int Shard { get; init; }

    /// <summary><c>serving</c> or <c>failed</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Why it does not serve; absent when it does.</summary>
    public string? Error { get; init; }

    public required string Node { get; init; }

    public required long VectorCount { get; init; }

    /// <summary>Vectors not yet linked into the graph; searches scan them exactly.</summary>
    public required long TailCount { get; init; }

    public required int SegmentCount { get; init; }

    /// <summary>Of the process and of mapped files, those included whose pages are not in memory at the moment.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>What <c>memoryBytes</c> are for, component by component: together they are as many.</summary>
    public required IReadOnlyList<MemoryShareResponse> Memory { get; init; }

    public required long StorageBytes { get; init; }

    /// <summary>How far the checkpoint is that is under way; absent when none is.</summary>
    public BuildResponse? Checkpoint { get; init; }

    /// <summary>How far the compaction is that is under way; absent when none is.</summary>
    public BuildResponse? Compaction { get; init; }

    /// <summary>Last durable log sequence.</summary>
    public required ulong Sequence { get; init; }

    /// <summary>Number of the ownership term.</summary>
    public required ulong Epoch { get; init; }

    /// <summary>First XXH64 of the ids it owns, 16 hexadecimal digits.</summary>
    public required string FirstHash { get; init; }

    /// <summary>Last XXH64 of the ids it owns, inclusive.</summary>
    public required string LastHash { get; init; }

    /// <summary>Its read copies: one less than <c>replication.factor</c>.</summary>
    public required IReadOnlyList<ReplicaResponse> Replicas { get; init; }
}
