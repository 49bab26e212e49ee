using JadeVector.Engine.Filters;
using JadeVector.Engine.Shards;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Shards;

/// <summary>Engine records to contract records and back; values, metadata and ids are handed over, not copied.</summary>
internal static class ShardRecords
{
    public static WriteBatch ToBatch(ShardWrite write) => new()
    {
        RequestId = write.RequestId,
        Atomic = write.Atomic,
        Deadline = write.Deadline,
        Items = [.. write.Items.Select(ToItem)],
    };

    public static ShardWriteReply ToReply(WriteOutcome outcome) => new([.. outcome.Items.Select(ToResult)], outcome.Sequence);

    /// <summary>Without the deadline: the call that searches ends with it.</summary>
    public static ShardQuery ToQuery(ShardSearch search) => new()
    {
        Query = search.Query.Query,
        TopK = search.Query.TopK,
        EfSearch = search.Query.EfSearch,
        Probes = search.Query.Probes,
        Rescore = search.Query.Rescore,
        Filter = search.Query.Filter is { } filter ? Filter.Parse(filter) : null,
        Threshold = search.Query.Threshold,
        Exact = search.Query.Exact,
        IncludeValues = search.Read.IncludeValues,
        IncludeMetadata = search.Read.IncludeMetadata,
    };

    public static ShardSearchReply ToReply(SearchOutcome outcome, int shard, int replica, string node) => new(ToHits(outcome.Hits), new ShardExplain
    {
        Shard = shard,
        Strategy = outcome.Explain.Strategy,
        DistancesComputed = outcome.Explain.DistancesComputed,
        TailRows = outcome.Explain.TailRows,
        VectorCount = outcome.Explain.VectorCount,
        EfSearch = outcome.Explain.EfSearch,
        Probes = outcome.Explain.Probes,
        SegmentCount = outcome.Explain.SegmentCount,
        EngineMicroseconds = outcome.Explain.Elapsed.TotalMicroseconds,
        Replica = replica,
        Node = node,
        FilterEstimatedRows = outcome.Explain.Filter?.EstimatedRows,
        FilterMatchedRows = outcome.Explain.Filter?.MatchedRows,
    });

    public static ReadOnlyMemory<byte>[] ToIds(IReadOnlyList<string> ids) => [.. ids.Select(id => (ReadOnlyMemory<byte>)VectorIds.Encode(id))];

    public static IReadOnlyList<VectorRecord?> ToRecords(VectorRow?[] rows) => Array.ConvertAll(rows, row => row is null ? null : ToRecord(row));

    public static ShardPage ToPage(VectorRowPage page) => new([.. page.Rows.Select(ToRecord)], page.NextCursor, page.Count);

    public static ReadGuarantee ToGuarantee(Consistency consistency) => consistency switch
    {
        Consistency.Bounded => ReadGuarantee.Bounded,
        Consistency.Strong => ReadGuarantee.Strong,
        Consistency.Eventual => ReadGuarantee.Eventual,
        _ => throw new JadeException("invalid_argument", $"There is no consistency {consistency}."),
    };

    public static ShardStatus ToStatus(ShardStats stats, int shard, string node) => new()
    {
        Shard = shard,
        VectorCount = stats.VectorCount,
        TailCount = stats.TailRows,
        SegmentCount = stats.SegmentCount,
        MemoryBytes = stats.NativeBytes + stats.MetadataIndexBytes + stats.MappedBytes,
        StorageBytes = stats.LogBytes + stats.MappedBytes,
        Sequence = stats.Sequence,
        Epoch = stats.Epoch,
        Node = node,
        Error = stats.LastError,
        Memory = ToShares(stats.Memory),
        Checkpoint = ToStatus(stats.Checkpoint),
        Compaction = ToStatus(stats.Compaction),
    };

    public static ReplicaStatus ToStatus(ShardFollower follower, FollowerOptions pace, int replica, string node)
    {
        var (stats, lag, problem) = (follower.Stats, follower.Lag, follower.Problem);
        return new ReplicaStatus
        {
            Replica = replica,
            State = lag <= pace.LagMax ? ReplicaState.Active : ReplicaState.Lagging,
            Sequence = stats.Sequence,
            Epoch = stats.Epoch,
            LagMilliseconds = lag.TotalMilliseconds,
            VectorCount = stats.VectorCount,
            MemoryBytes = stats.NativeBytes + stats.MappedBytes,
            Node = node,
            Error = problem is null ? null : $"{problem.Code}: {problem.Message}",
        };
    }

    private static MemoryShare[] ToShares(MemoryReport report)
    {
        var shares = new MemoryShare[MemoryReport.Components.Length];
        for (var i = 0; i < shares.Length; i++)
        {
            var component = MemoryReport.Components[i];
            shares[i] = new MemoryShare(component.ToString().ToLowerInvariant(), report[component].MemoryBytes, report[component].MappedBytes);
        }

        return shares;
    }

    private static BuildStatus? ToStatus(BuildProgress? progress) => progress is { } build ? new BuildStatus(build.RowsDone, build.Rows) : null;

    private static WriteItem ToItem(VectorWrite item) => new()
    {
        Kind = item.Kind == WriteKind.Delete ? WriteItemKind.Delete : WriteItemKind.Upsert,
        Id = VectorIds.Encode(item.Id),
        Values = item.Values,
        Metadata = item.Metadata is { } metadata ? new ReadOnlyMemory<byte>?(metadata) : null, // a bare null would become empty memory, not none
        Text = item.Text,
        IfVersion = item.IfVersion,
        MustExist = item.MustExist,
    };

    private static WriteItemResult ToResult(WriteItemOutcome outcome) => new() { Status = ToStatus(outcome.Status), Version = outcome.Version };

    private static WriteStatus ToStatus(WriteItemStatus status) => status switch
    {
        WriteItemStatus.Created => WriteStatus.Created,
        WriteItemStatus.Replaced => WriteStatus.Replaced,
        WriteItemStatus.Deleted => WriteStatus.Deleted,
        WriteItemStatus.NotFound => WriteStatus.NotFound,
        WriteItemStatus.VersionConflict => WriteStatus.VersionConflict,
        WriteItemStatus.NotAttempted => WriteStatus.NotAttempted,
        _ => throw new InvalidOperationException($"The engine answered with an item status {status} that the contract does not have."),
    };

    private static VectorRecord ToRecord(VectorRow row) => new()
    {
        Id = row.IdText,
        Values = row.Values,
        Metadata = row.Metadata,
        Text = row.Text,
        Version = row.Version,
    };

    private static SearchHit[] ToHits(IReadOnlyList<SearchRow> rows)
    {
        var hits = new SearchHit[rows.Count];
        for (var i = 0; i < hits.Length; i++)
        {
            hits[i] = ToHit(rows[i]);
        }

        return hits;
    }

    private static SearchHit ToHit(SearchRow row) => new()
    {
        Id = row.Vector.IdText,
        Similarity = row.Similarity,
        Distance = row.Distance,
        Version = row.Vector.Version,
        Values = row.Vector.Values,
        Metadata = row.Vector.Metadata,
        Text = row.Vector.Text,
    };
}
