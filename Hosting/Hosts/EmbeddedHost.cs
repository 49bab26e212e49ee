using JadeVector.Embedded;
using JadeVector.Grains.Cluster;
using JadeVector.Grains.Interfaces;
using JadeVector.Grains.Shards;
using JadeVector.Hosting.Options;
using JadeVector.Hosting.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Storage;

namespace JadeVector.Hosting.Hosts;

/// <summary>The grains on the embedded single-process host.</summary>
internal static class GrainHost
{
    public const string Name = "embedded";

    public static void AddTo(IHostApplicationBuilder builder, ClusterOptions options, NodeIdentity identity)
    {
        builder.Services.AddEmbeddedGrains(host => host.Assemblies.Add(typeof(ShardGrain).Assembly));
        builder.Services.AddKeyedSingleton<IGrainStorage>(BlobGrainStorage.Name, (services, _) => services.GetRequiredService<BlobGrainStorage>());
        builder.Services.AddSingleton<IClusterNodes>(new OneNode(identity));
    }

    private sealed class OneNode(NodeIdentity identity) : IClusterNodes
    {
        public Task<IReadOnlyList<ClusterNode>> GetNodesAsync() =>
            Task.FromResult<IReadOnlyList<ClusterNode>>([new ClusterNode { Name = identity.Name, Status = "active", StartedAt = identity.StartedAt }]);
    }
}
