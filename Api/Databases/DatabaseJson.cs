using System.Globalization;
using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Edge;

namespace JadeVector.Api.Databases;

/// <summary>Databases as answers show them.</summary>
internal static class DatabaseJson
{
    public static DatabaseResponse Describe(DatabaseDescription database, string? message = null, DatabaseStatus? status = null)
    {
        var settings = database.Settings;
        return new DatabaseResponse
        {
            DatabaseId = database.Id,
            Status = message is null ? null : "success",
            Message = message,
            Name = settings.Name,
            Description = settings.Description,
            VectorDimension = settings.Dimension,
            Metric = DatabaseNames.Of(settings.Metric),
            IndexType = DatabaseNames.Of(settings.Index),
            IndexParameters = IndexSettingsReader.Describe(settings),
            Sharding = new ShardingSettings { Strategy = "hash", NumShards = settings.ShardCount },
            Replication = new ReplicationSettings { Factor = settings.ReplicationFactor, Sync = false },
            Backups = settings.Backups is { } schedule ? new BackupSettings { EverySeconds = schedule.EverySeconds, Keep = schedule.Keep } : null,
            EmbeddingModels = settings.EmbeddingModel is { } model
                ? [new EmbeddingModelSettings { Name = model, InputType = "text", OutputDimension = settings.Dimension, Status = "active" }]
                : [],
            State = DatabaseNames.Of(database.State),
            CreatedAt = database.CreatedAt,
            UpdatedAt = database.UpdatedAt,
            Stats = status is null ? null : Stats(status),
        };
    }

    public static DatabaseStatusResponse Status(DatabaseStatus status, DateTimeOffset now) => new()
    {
        DatabaseId = status.Description.Id,
        Name = status.Description.Settings.Name,
        Status = DatabaseNames.HealthOf(status),
        State = DatabaseNames.Of(status.Description.State),
        Timestamp = now,
        Stats = Stats(status),
        Shards = Shards(status),
    };

    public static IReadOnlyList<ShardResponse> Shards(DatabaseStatus status)
    {
        var ranges = status.Description.ShardMap.Ranges.ToDictionary(range => range.Shard);
        return [.. status.Shards.Select(shard => new ShardResponse
        {
            Shard = shard.Shard,
            Status = shard.Error is null ? "serving" : "failed",
            Error = shard.Error,
            Node = shard.Node,
            VectorCount = shard.VectorCount,
            TailCount = shard.TailCount,
            SegmentCount = shard.SegmentCount,
            MemoryBytes = shard.MemoryBytes,
            Memory = [.. shard.Memory.Select(share => Share(share, shard.VectorCount))],
            Checkpoint = Build(shard.Checkpoint),
            Compaction = Build(shard.Compaction),
            StorageBytes = shard.StorageBytes,
            Sequence = shard.Sequence,
            Epoch = shard.Epoch,
            FirstHash = Hash(ranges.GetValueOrDefault(shard.Shard).First),
            LastHash = Hash(ranges.GetValueOrDefault(shard.Shard).Last),
            Replicas = [.. shard.Replicas.Select(Replica)],
        })];
    }

    private static MemoryShareResponse Share(MemoryShare share, long vectors) => new(
        share.Component,
        share.MemoryBytes,
        share.MappedBytes,
        vectors == 0 ? 0 : Math.Round((double)(share.MemoryBytes + share.MappedBytes) / vectors, 1));

    private static BuildResponse? Build(BuildStatus? build) => build is null ? null : new BuildResponse(build.RowsDone, build.Rows);

    private static ReplicaResponse Replica(ReplicaStatus replica) => new()
    {
        Replica = replica.Replica,
        State = replica.State.ToString().ToLowerInvariant(),
        Error = replica.Error,
        Node = replica.Node,
        Sequence = replica.Sequence,
        LagSequences = replica.LagSequences,
        LagMs = Math.Round(replica.LagMilliseconds, 1),
        VectorCount = replica.VectorCount,
        MemoryBytes = replica.MemoryBytes,
    };

    private static DatabaseStats Stats(DatabaseStatus status) => new()
    {
        VectorCount = status.VectorCount,
        SizeBytes = status.StorageBytes,
        IndexCount = 1,
        StorageSize = string.Create(CultureInfo.InvariantCulture, $"{status.StorageBytes / 1024} KB"),
    };

    private static string Hash(ulong value) => value.ToString("x16", CultureInfo.InvariantCulture);
}
