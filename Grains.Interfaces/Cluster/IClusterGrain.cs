namespace JadeVector.Grains.Interfaces;

/// <summary>The view of the nodes. One in the cluster, key 0.</summary>
[Alias("jade.IClusterGrain")]
public interface IClusterGrain : IGrainWithIntegerKey
{
    [Alias("GetView")]
    Task<ClusterView> GetView();
}

/// <summary>Where the cluster grain learns of the nodes: the host knows.</summary>
public interface IClusterNodes
{
    Task<IReadOnlyList<ClusterNode>> GetNodesAsync();
}

[GenerateSerializer, Immutable, Alias("jade.cluster-view")]
public sealed record ClusterView
{
    [Id(0)] public required IReadOnlyList<ClusterNode> Nodes { get; init; }

    /// <summary>The node that hosts the cluster grain: the leader of control work.</summary>
    [Id(1)] public required string Master { get; init; }
}

[GenerateSerializer, Immutable, Alias("jade.cluster-node")]
public sealed record ClusterNode
{
    [Id(0)] public required string Name { get; init; }

    /// <summary><c>active</c>, <c>joining</c>, <c>leaving</c> or <c>dead</c>.</summary>
    [Id(1)] public required string Status { get; init; }

    [Id(2)] public DateTimeOffset StartedAt { get; init; }
}
