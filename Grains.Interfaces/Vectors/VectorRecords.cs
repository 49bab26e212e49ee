namespace JadeVector.Grains.Interfaces;

[GenerateSerializer, Alias("jade.write-kind")]
public enum WriteKind
{
    /// <summary>Insert, or replace the whole vector of that id.</summary>
    Upsert,

    Delete,
}

/// <summary>One item of a write.</summary>
[GenerateSerializer, Immutable, Alias("jade.vector-write")]
public sealed record VectorWrite
{
    [Id(0)] public required WriteKind Kind { get; init; }

    /// <summary>1 to 256 bytes of UTF-8, no control characters; compared as bytes.</summary>
    [Id(1)] public required string Id { get; init; }

    /// <summary>Little-endian float32, shape [dimension of the database]; null for a delete. Never changed after the call.</summary>
    [Id(2)] public byte[]? Values { get; init; }

    /// <summary>A JSON object in UTF-8, or null for none. Comes back byte for byte as the edge minified it.</summary>
    [Id(3)] public byte[]? Metadata { get; init; }

    /// <summary>The text that the values were made of, or null.</summary>
    [Id(4)] public string? Text { get; init; }

    /// <summary>Only if the vector's version is this; 0 means only if there is none. Null always.</summary>
    [Id(5)] public ulong? IfVersion { get; init; }

    /// <summary>Only if a vector of that id exists (any version): what <c>PUT …/vectors/{id}</c> needs.</summary>
    [Id(6)] public bool MustExist { get; init; }
}

[GenerateSerializer, Alias("jade.write-status")]
public enum WriteStatus
{
    /// <summary>Durable: inserted; there was no such id.</summary>
    Created,

    /// <summary>Durable: replaced what was there.</summary>
    Replaced,

    /// <summary>Durable: deleted.</summary>
    Deleted,

    /// <summary>Nothing changed: no vector of that id.</summary>
    NotFound,

    /// <summary>Nothing changed: the version is another; <see cref="WriteItemResult.Version"/> tells it (0 = none exists).</summary>
    VersionConflict,

    /// <summary>Nothing changed: another item of the same atomic batch failed.</summary>
    NotAttempted,

    /// <summary>This item's shard did not acknowledge; <see cref="WriteItemResult.ErrorCode"/> says why.</summary>
    Failed,
}

[GenerateSerializer, Immutable, Alias("jade.write-item-result")]
public sealed record WriteItemResult
{
    [Id(0)] public required WriteStatus Status { get; init; }

    /// <summary>The log sequence that wrote it: its version from now on.</summary>
    [Id(1)] public ulong Version { get; init; }

    /// <summary>For <see cref="WriteStatus.Failed"/>: the refusal's code (<c>outcome_unknown</c>, <c>storage_unavailable</c> …).</summary>
    [Id(2)] public string? ErrorCode { get; init; }

    [Id(3)] public string? ErrorDetail { get; init; }
}

/// <summary>A stored vector as reads return it.</summary>
[GenerateSerializer, Immutable, Alias("jade.vector-record")]
public sealed record VectorRecord
{
    [Id(0)] public required string Id { get; init; }

    /// <summary>Little-endian float32 as they were given (before any normalisation), or null where not asked for.</summary>
    [Id(1)] public byte[]? Values { get; init; }

    [Id(2)] public byte[]? Metadata { get; init; }

    [Id(3)] public string? Text { get; init; }

    [Id(4)] public required ulong Version { get; init; }
}

[GenerateSerializer, Alias("jade.consistency")]
public enum Consistency
{
    /// <summary>The copy has made sure within the last second that nothing acknowledged is missing: the owner by verifying its epoch, a replica by reading the log to its end.</summary>
    Bounded,

    /// <summary>The same, after the read arrived.</summary>
    Strong,

    /// <summary>Any copy within its lag bound.</summary>
    Eventual,
}

/// <summary>What every read of a database may ask for.</summary>
[GenerateSerializer, Immutable, Alias("jade.read-options")]
public sealed record ReadOptions
{
    [Id(0)] public Consistency Consistency { get; init; }

    /// <summary>A position token of an earlier write: the read sees at least that write.</summary>
    [Id(1)] public string? MinPosition { get; init; }

    /// <summary>When the answer stops being of use, UTC.</summary>
    [Id(2)] public DateTimeOffset Deadline { get; init; } = DateTimeOffset.MaxValue;

    [Id(3)] public bool IncludeValues { get; init; } = true;

    [Id(4)] public bool IncludeMetadata { get; init; } = true;
}

/// <summary>What every write to a database may ask for.</summary>
public sealed record WriteOptions
{
    /// <summary>The caller's Idempotency-Key, 1 to 128 bytes of UTF-8; null makes one that nobody can repeat.</summary>
    public string? RequestId { get; init; }

    /// <summary>All items or none; refused with <c>atomic_cross_shard</c> when they touch two shards.</summary>
    public bool Atomic { get; init; }

    public DateTimeOffset Deadline { get; init; } = DateTimeOffset.MaxValue;
}

/// <summary>The answer to a write over any number of shards.</summary>
/// <param name="Items">One per item, in the order of the request.</param>
/// <param name="Position">Opaque token for <see cref="ReadOptions.MinPosition"/>.</param>
public sealed record DatabaseWriteReply(IReadOnlyList<WriteItemResult> Items, string Position);

/// <param name="Vectors">In order of shard, then of age.</param>
/// <param name="Total">Live vectors in the database.</param>
/// <param name="NextCursor">Continues after the last vector; null at the end.</param>
public sealed record VectorPage(IReadOnlyList<VectorRecord> Vectors, long Total, string? NextCursor);
