using JadeVector.Engine.Blobs;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Hosting.Operations;

/// <summary>A node is ready when storage answers and grains answer.</summary>
internal sealed class Readiness(IBlobStore blobs, IClusterInfo cluster, Drain drain) : IReadiness
{
    /// <summary>Looked for, never written: whether it is there does not matter, that the store answers does.</summary>
    private const string ProbeBlob = "readiness";

    public Task<ReadinessReport> CheckAsync(CancellationToken cancellation) => ReadinessChecks.RunAsync(
        drain, [("storage", stop => blobs.GetLengthAsync(ProbeBlob, stop)), ("grains", cluster.GetViewAsync)], cancellation);
}

/// <summary>A client is ready when the cluster answers; storage is the silos' business.</summary>
internal sealed class ClientReadiness(IClusterInfo cluster, Drain drain) : IReadiness
{
    public Task<ReadinessReport> CheckAsync(CancellationToken cancellation) =>
        ReadinessChecks.RunAsync(drain, [("cluster", cluster.GetViewAsync)], cancellation);
}
