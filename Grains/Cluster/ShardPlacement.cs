using Orleans.Placement;

namespace JadeVector.Grains.Cluster;

/// <summary>Copies of shards go where <see cref="PlacementRules"/> says; the host has the director.</summary>
[GenerateSerializer, Immutable, Alias("jade.shard-placement")]
public sealed class ShardPlacement : PlacementStrategy;

/// <summary>Marks the grains of copies of shards.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ShardPlacementAttribute() : PlacementAttribute(new ShardPlacement());
