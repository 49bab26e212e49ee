using JadeVector.Embedded;
using JadeVector.Grains.Cluster;
using JadeVector.Grains.Interfaces;
using JadeVector.Grains.Shards;
using JadeVector.Hosting.Options;
using JadeVector.Hosting.Starting;
using JadeVector.Hosting.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Storage;

namespace JadeVector.Hosting.Hosts;

/// <summary>The grains on the embedded single-process host.</summary>
internal sealed class GrainHost
{
    public const string Name = "embedded";

    /// <exception cref="JadeStartException">The options ask for a cluster.</exception>
    public GrainHost(ClusterOptions cluster, FailureDetectionOptions failures, StorageOptions storage)
    {
        if (cluster.Role != NodeRole.Cohosted || cluster.Clustering != ClusteringKind.Localhost)
            throw new JadeStartException(
                $"Jade:Cluster asks for role '{cluster.Role}' and clustering '{cluster.Clustering}'; this build has the single-process host, which is always alone. Build with OrleansHost=Microsoft.");
    }

    public Task PrepareAsync(StartRetry retry, CancellationToken cancellation) => Task.CompletedTask;

    /// <param name="idle">After which what nobody asks for is let go.</param>
    public void AddSiloTo(IHostApplicationBuilder builder, NodeIdentity identity, TimeSpan idle)
    {
        builder.Services.AddEmbeddedGrains(host =>
        {
            host.Assemblies.Add(typeof(ShardGrain).Assembly);
            host.ReminderStorage = BlobGrainStorage.Name;
            (host.CollectionAge, host.CollectionQuantum) = (idle, IdleTime.LookEvery(idle));
        });
        builder.Services.AddKeyedSingleton<IGrainStorage>(BlobGrainStorage.Name, (services, _) => services.GetRequiredService<BlobGrainStorage>());
        builder.Services.AddSingleton<IClusterNodes>(new OneNode(identity));
        builder.Services.AddSingleton<ICopyMover, NoMover>();
    }

    public void AddClientTo(IHostApplicationBuilder builder) => throw new InvalidOperationException("Refused by the constructor.");

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
