using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Routing;

/// <summary>The cluster grain's view, for the edge.</summary>
public sealed class ClusterInfo(IGrainFactory grains) : IClusterInfo
{
    /// <inheritdoc/>
    public Task<ClusterView> GetViewAsync(CancellationToken cancellation) => ControlCalls.Run(grains.GetGrain<IClusterGrain>(0).GetView(), cancellation);
}
