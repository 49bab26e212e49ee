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
        builder.Services.AddSingleton<ICopyMover, NoMover>();
    }

    private sealed class OneNode(NodeIdentity identity) : IClusterNodes
    {
        public string LocalAddress => "";

        public IReadOnlyList<ClusterNode> Members { get; } =
            [new ClusterNode { Name = identity.Name, Status = NodeStatus.Active, StartedAt = identity.StartedAt }];

        public Task ChangedFrom(IReadOnlyList<ClusterNode> seen, CancellationToken cancellation) =>
            Task.Delay(Timeout.InfiniteTimeSpan, cancellation);
    }

    private sealed class NoMover : ICopyMover
    {
        public void Move(IGrainContext activation, string? address) =>
            throw new JadeException("not_supported", "There is one node only; a shard has nowhere to go.");
    }
}
