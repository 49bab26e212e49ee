namespace JadeVector.Grains.Interfaces;

/// <summary>The view of the cluster, as a host offers it to its edge: a plain object over the cluster grain.</summary>
public interface IClusterInfo
{
    Task<ClusterView> GetViewAsync(CancellationToken cancellation);
}
