using JadeVector.Grains.Interfaces;

namespace JadeVector.Hosting.Operations;

/// <summary>The cluster grain's view, for the edge.</summary>
internal sealed class ClusterInfo(IGrainFactory grains) : IClusterInfo
{
    public Task<ClusterView> GetViewAsync(CancellationToken cancellation) => grains.GetGrain<IClusterGrain>(0).GetView().WaitAsync(cancellation);
}
