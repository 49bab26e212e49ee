using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Edge;
using EdgeIndexParameters = JadeVector.Hosting.Edge.IndexParameters;

namespace JadeVector.Client.Cluster;

/// <summary>Databases between the client's records and the cluster's.</summary>
internal static class DatabaseMapping
{
    public static CreateDatabaseRequest Request(DatabaseDefinition definition) => new()
    {
        Name = definition.Name,
        Description = definition.Description,
        VectorDimension = definition.VectorDimension,
        Metric = definition.Metric,
        IndexType = definition.IndexType,
        IndexParameters = Request(definition.IndexParameters),
        Sharding = definition.Sharding is { } sharding ? new ShardingSettings { Strategy = sharding.Strategy, NumShards = sharding.NumShards } : null,
        Backups = Request(definition.Backups),
        Replication = definition.Replication is { } replication ? new ReplicationSettings { Factor = replication.Factor } : null,
    };

    public static UpdateDatabaseRequest Request(DatabaseUpdate update) => new()
    {
        Name = update.Name,
        Description = update.Description,
        Backups = Request(update.Backups),
        IndexParameters = Request(update.IndexParameters),
    };

    public static Database Describe(DatabaseDescription database)
    {
        var settings = database.Settings;
        return new Database
        {
            DatabaseId = database.Id,
            Name = settings.Name,
            Description = settings.Description,
            VectorDimension = settings.Dimension,
            Metric = DatabaseNames.Of(settings.Metric),
            IndexType = DatabaseNames.Of(settings.Index),
            IndexParameters = Describe(IndexSettingsReader.Describe(settings)),
            Sharding = new Sharding { NumShards = settings.ShardCount },
            Backups = settings.Backups is { } schedule ? new Backups { EverySeconds = schedule.EverySeconds, Keep = schedule.Keep } : null,
            State = DatabaseNames.Of(database.State),
            CreatedAt = database.CreatedAt,
            UpdatedAt = database.UpdatedAt,
        };
    }

    public static DatabaseStatus Status(Grains.Interfaces.DatabaseStatus status) => new()
    {
        DatabaseId = status.Description.Id,
        Status = DatabaseNames.HealthOf(status),
        Stats = new DatabaseStats { VectorCount = status.VectorCount, SizeBytes = status.StorageBytes },
        Shards = [.. status.Shards.Select(shard => new ShardStatus
        {
            Shard = shard.Shard,
            VectorCount = shard.VectorCount,
            TailCount = shard.TailCount,
            SegmentCount = shard.SegmentCount,
            MemoryBytes = shard.MemoryBytes,
            Memory = [.. shard.Memory.Select(share => new MemoryShare { Component = share.Component, MemoryBytes = share.MemoryBytes, MappedBytes = share.MappedBytes })],
            StorageBytes = shard.StorageBytes,
            Checkpoint = Build(shard.Checkpoint),
            Compaction = Build(shard.Compaction),
            Node = shard.Node,
            Error = shard.Error,
        })],
    };

    private static BuildProgress? Build(Grains.Interfaces.BuildStatus? build) => build is null ? null : new BuildProgress { RowsDone = build.RowsDone, Rows = build.Rows };

    private static BackupSettings? Request(Backups? backups) =>
        backups is null ? null : new BackupSettings { EverySeconds = backups.EverySeconds, Keep = backups.Keep };

    private static EdgeIndexParameters? Request(IndexParameters? parameters) => parameters is null ? null : new EdgeIndexParameters
    {
        M = parameters.M,
        EfConstruction = parameters.EfConstruction,
        EfSearch = parameters.EfSearch,
        Quantization = parameters.Quantization,
        Lists = parameters.Lists,
        PqComponents = parameters.PqComponents,
        Rescore = parameters.Rescore,
        Tables = parameters.Tables,
        HashFunctions = parameters.HashFunctions,
        Probes = parameters.Probes,
    };

    private static IndexParameters Describe(EdgeIndexParameters parameters) => new()
    {
        M = parameters.M,
        EfConstruction = parameters.EfConstruction,
        EfSearch = parameters.EfSearch,
        Quantization = parameters.Quantization,
        Lists = parameters.Lists,
        PqComponents = parameters.PqComponents,
        Rescore = parameters.Rescore,
        Tables = parameters.Tables,
        HashFunctions = parameters.HashFunctions,
        Probes = parameters.Probes,
    };
}
