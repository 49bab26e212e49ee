using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Cluster;

/// <summary>The view of the nodes, from what the host knows of them.</summary>
public sealed class ClusterGrain(IClusterNodes nodes, NodeIdentity self) : Grain, IClusterGrain
{
    /// <inheritdoc/>
    public async Task<ClusterView> GetView() => new() { Nodes = await nodes.GetNodesAsync(), Master = self.Name };
}

/// <summary>The node that this process is.</summary>
/// <param name="Name">Unique in the cluster.</param>
public sealed record NodeIdentity(string Name, DateTimeOffset StartedAt);
