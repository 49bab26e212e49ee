namespace JadeVector.Api.Snapshots;

/// <summary>A snapshot to take.</summary>
public sealed record SnapshotRequest
{
    /// <summary>At most 200 characters; need not be unique.</summary>
    public string? Label { get; init; }
}

/// <summary>A database to make from a snapshot.</summary>
public sealed record RestoreRequest
{
    /// <summary>Of the new database: unique in the cluster, 1 to 128 characters.</summary>
    public string? Name { get; init; }

    /// <summary>Leave out what was written after this moment, which the logs in the snapshot must go back to; null for the whole snapshot.</summary>
    public DateTimeOffset? At { get; init; }
}

/// <summary>A database to begin with the state of now.</summary>
public sealed record BranchRequest
{
    /// <summary>Of the new database: unique in the cluster, 1 to 128 characters.</summary>
    public string? Name { get; init; }
}

/// <summary>A state of a database that is kept.</summary>
/// <param name="Sequences">By shard: the sequence number whose state it is.</param>
/// <param name="Scheduled">The database took it by itself, and lets it go by itself.</param>
public sealed record SnapshotResponse(string SnapshotId, string DatabaseId, string Label, DateTimeOffset CreatedAt, IReadOnlyList<ulong> Sequences, bool Scheduled);

/// <summary>Oldest first.</summary>
public sealed record SnapshotListResponse(IReadOnlyList<SnapshotResponse> Snapshots);

/// <summary>Nothing to choose.</summary>
public sealed record CompactRequest;

/// <summary>The answer to the deletion of a snapshot.</summary>
/// <param name="Status"><c>success</c>.</param>
public sealed record SnapshotDeletedResponse(string Status, string SnapshotId);

/// <param name="Done">False when some shards were still at it when the time was over; they go on.</param>
public sealed record CompactResponse(string DatabaseId, bool Done);
