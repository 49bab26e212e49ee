using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Databases;

/// <summary>What a database grain keeps: nothing before creation and after deletion.</summary>
[GenerateSerializer, Alias("jade.database-record")]
public sealed class DatabaseRecord
{
    [Id(0)] public DatabaseDescription? Description { get; set; }
}

/// <summary>What a catalog partition keeps.</summary>
[GenerateSerializer, Alias("jade.catalog-record")]
public sealed class CatalogRecord
{
    /// <summary>Name to database id.</summary>
    [Id(0)] public Dictionary<string, string> Ids { get; set; } = new(StringComparer.Ordinal);
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
}
