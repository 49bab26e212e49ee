using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Databases;

/// <summary>What a database grain keeps: nothing before creation and after deletion.</summary>
[GenerateSerializer, Alias("jade.database-record")]
public sealed class DatabaseRecord
{
    [Id(0)] public DatabaseDescription? Description { get; set; }

    /// <summary>What it was made from; null when it was made empty.</summary>
    [Id(1)] public DatabaseOrigin? Origin { get; set; }

    [Id(2)] public List<SnapshotRecord> Snapshots { get; set; } = [];

    /// <summary>Shards that have a manifest; of a database that was made from another, all have one.</summary>
    [Id(4)] public List<int> MadeShards { get; set; } = [];

    /// <summary>Databases that share blobs of this one.</summary>
    [Id(3)] public List<string> Branches { get; set; } = [];
}

/// <summary>A snapshot and how far it is.</summary>
[GenerateSerializer, Alias("jade.snapshot-record")]
public sealed class SnapshotRecord
{
    [Id(0)] public required SnapshotDescription Description { get; set; }

    /// <summary>Every shard keeps its state. One that is not ready is not shown, and is let go by whoever comes next.</summary>
    [Id(1)] public bool IsReady { get; set; }
}

/// <summary>What a catalog partition keeps.</summary>
[GenerateSerializer, Alias("jade.catalog-record")]
public sealed class CatalogRecord
{
    /// <summary>Name to database id.</summary>
    [Id(0)] public Dictionary<string, string> Ids { get; set; } = new(StringComparer.Ordinal);
}

/// <summary>What the backups grain keeps.</summary>
[GenerateSerializer, Alias("jade.backups-record")]
public sealed class BackupsRecord
{
    /// <summary>Database id to the time of its next snapshot.</summary>
    [Id(0)] public Dictionary<string, DateTimeOffset> Due { get; set; } = new(StringComparer.Ordinal);
}

/// <summary>What the cluster grain keeps.</summary>
[GenerateSerializer, Alias("jade.cluster-record")]
public sealed class ClusterRecord
{
    /// <summary>One more with every leader.</summary>
    [Id(0)] public long Term { get; set; }
}

/// <summary>Names that stored grain state depends on: they never change.</summary>
internal static class GrainStateNames
{
    public const string Storage = "jade";
    public const string Settings = "settings";
    public const string Catalog = "catalog";
    public const string Cluster = "cluster";
    public const string Backups = "backups";
}
