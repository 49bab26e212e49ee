namespace JadeVector.Grains.Interfaces;

/// <summary>The databases of a cluster, as a host offers them to its edge: a plain object over the catalog and database grains.</summary>
/// <exception cref="JadeException">Every member throws it for a refusal: <c>not_found</c>, <c>conflict</c> (name taken), <c>storage_unavailable</c> …</exception>
public interface IDatabaseCatalog
{
    Task<DatabaseDescription> CreateAsync(DatabaseSettings settings, CancellationToken cancellation);

    /// <summary>From a short-lived cache on the hot path (validation of dimension and so on); never older than the shards accept.</summary>
    Task<DatabaseDescription> GetAsync(string databaseId, CancellationToken cancellation);

    /// <summary>The database of that name, or null.</summary>
    Task<DatabaseDescription?> FindAsync(string name, CancellationToken cancellation);

    /// <summary>Databases in order of id. Only those of the page are asked: the others stay asleep.</summary>
    /// <param name="afterId">Exclusive; null starts at the beginning.</param>
    /// <param name="offset">Databases to leave out before the page; 0 or more.</param>
    /// <param name="limit">1 to 1,000.</param>
    Task<DatabasePage> ListAsync(string? afterId, int offset, int limit, CancellationToken cancellation);

    Task<DatabaseDescription> UpdateAsync(string databaseId, DatabaseChanges changes, CancellationToken cancellation);

    Task DeleteAsync(string databaseId, CancellationToken cancellation);

    /// <summary>State and counts of every shard.</summary>
    Task<DatabaseStatus> GetStatusAsync(string databaseId, CancellationToken cancellation);
}

/// <summary>A page of the databases in order of id.</summary>
/// <param name="Total">Databases with a name, wherever the page is.</param>
/// <param name="NextAfterId">The page goes on after this id; null at the end.</param>
/// <param name="Unavailable">Databases of the page that cannot say what they are.</param>
public sealed record DatabasePage(
    IReadOnlyList<DatabaseDescription> Databases, long Total, string? NextAfterId, IReadOnlyList<UnavailableDatabase> Unavailable);

/// <summary>A database whose record is damaged, or whose control plane does not answer. It does not keep the others from being listed.</summary>
/// <param name="Code">As of the refusal that asking for it by its id gets.</param>
public sealed record UnavailableDatabase(string Id, string Code, string Detail);

[GenerateSerializer, Immutable, Alias("jade.database-status")]
public sealed record DatabaseStatus
{
    [Id(0)] public required DatabaseDescription Description { get; init; }

    /// <summary>One per shard, in order of shard; a shard that did not answer has <see cref="ShardStatus.Error"/>.</summary>
    [Id(1)] public required IReadOnlyList<ShardStatus> Shards { get; init; }

    public long VectorCount => Shards.Sum(shard => shard.VectorCount);

    public long StorageBytes => Shards.Sum(shard => shard.StorageBytes);
}

[GenerateSerializer, Immutable, Alias("jade.shard-status")]
public sealed record ShardStatus
{
    [Id(0)] public required int Shard { get; init; }

    /// <summary>Live vectors.</summary>
    [Id(1)] public long VectorCount { get; init; }

    /// <summary>Rows not yet linked into a graph; searches scan them exactly.</summary>
    [Id(2)] public long TailCount { get; init; }

    [Id(3)] public int SegmentCount { get; init; }

    /// <summary>Native and mapped memory of the shard.</summary>
    [Id(4)] public long MemoryBytes { get; init; }

    /// <summary>Log and segments in the store.</summary>
    [Id(5)] public long StorageBytes { get; init; }

    /// <summary>Last durable sequence.</summary>
    [Id(6)] public ulong Sequence { get; init; }

    [Id(7)] public ulong Epoch { get; init; }

    /// <summary>The node that hosts the shard.</summary>
    [Id(8)] public string Node { get; init; } = "";

    /// <summary>Null when the shard serves; else the code and the detail of why not.</summary>
    [Id(9)] public string? Error { get; init; }

    /// <summary>One per replica that the database's replication factor asks for, in order of number; filled in by whoever asks all copies.</summary>
    [Id(10)] public IReadOnlyList<ReplicaStatus> Replicas { get; init; } = [];

    /// <summary>What <see cref="MemoryBytes"/> are for, component by component: together they are as many.</summary>
    [Id(11)] public IReadOnlyList<MemoryShare> Memory { get; init; } = [];

    /// <summary>How far the checkpoint is that is under way; null when none is.</summary>
    [Id(12)] public BuildStatus? Checkpoint { get; init; }

    /// <summary>How far the compaction is that is under way; null when none is.</summary>
    [Id(13)] public BuildStatus? Compaction { get; init; }
}

/// <summary>What some of a shard's memory is for.</summary>
/// <param name="Component">As <c>vectors</c>, <c>codes</c>, <c>links</c>, <c>sketches</c>, <c>cells</c>, <c>ids</c>, <c>metadata</c>, <c>texts</c>, <c>rows</c>, <c>padding</c>.</param>
/// <param name="MemoryBytes">Of the process.</param>
/// <param name="MappedBytes">Of mapped files.</param>
[GenerateSerializer, Immutable, Alias("jade.memory-share")]
public sealed record MemoryShare([property: Id(0)] string Component, [property: Id(1)] long MemoryBytes, [property: Id(2)] long MappedBytes);

/// <summary>How far the index over the rows of a segment to be is.</summary>
/// <param name="RowsDone">0 to <paramref name="Rows"/>.</param>
/// <param name="Rows">Rows that are written.</param>
[GenerateSerializer, Immutable, Alias("jade.build-status")]
public sealed record BuildStatus([property: Id(0)] long RowsDone, [property: Id(1)] long Rows);
