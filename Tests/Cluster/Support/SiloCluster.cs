using JadeVector.Engine;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Grains.Interfaces;
using JadeVector.Hosting;
using JadeVector.Hosting.Cluster;
using JadeVector.Hosting.Clustering;
using JadeVector.Hosting.Edge;
using JadeVector.Hosting.Operations;
using JadeVector.Hosting.Options;
using JadeVector.Hosting.Work;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.TestingHost;

namespace JadeVector.Tests.Cluster.Support;

/// <summary>Several silos in this process, each composed as the product composes it, over one store; and a client of them.</summary>
internal sealed class SiloCluster : IAsyncDisposable
{
    private readonly InProcessTestCluster _cluster;

    private SiloCluster(InProcessTestCluster cluster) => _cluster = cluster;

    public IReadOnlyList<InProcessSiloHandle> Silos => [.. _cluster.GetActiveSilos()];

    /// <summary>What a process of role client has.</summary>
    public IServiceProvider Client => _cluster.Client.ServiceProvider;

    public IGrainFactory Grains => _cluster.Client;

    public IVectorStore Vectors => Client.GetRequiredService<IVectorStore>();

    public IDatabaseCatalog Databases => Client.GetRequiredService<IDatabaseCatalog>();

    public IQueryPlanner Planner => Client.GetRequiredService<IQueryPlanner>();

    /// <param name="generations">What the silo of that number reads and writes on storage; null is as this release does.</param>
    /// <param name="contracts">The version of the shard's contract that a silo has, by its number from 1, and the client, as 0; null is this release's.</param>
    /// <param name="configure">What else a silo has; its reminders are in memory otherwise.</param>
    public static async Task<SiloCluster> StartAsync(
        IBlobStore blobs, int silos, Func<int, StorageGenerations>? generations = null, Func<int, ushort>? contracts = null, Action<ISiloBuilder>? configure = null)
    {
        var builder = new InProcessTestClusterBuilder((short)silos);
        builder.Options.ConfigureFileLogging = false;
        builder.Options.AssumeHomogenousSilosForTesting = false;
#pragma warning disable ORLEANSEXP003 // Otherwise the test cluster brings a directory of its own.
        builder.Options.UseDistributedGrainDirectory = true;
#pragma warning restore ORLEANSEXP003
        var started = 0;
        builder.ConfigureSiloHost((options, host) =>
        {
            host.Logging.SetMinimumLevel(LogLevel.Warning);
            var cluster = new ClusterOptions { NodeName = options.SiloName };
            var context = new EngineContext(blobs, TimeProvider.System, new ThreadWorkScheduler(cores: 2, TimeProvider.System), new CryptographicIdSource());
            var identity = host.AddNodeServices(context, new EngineOptions(), cluster);
            host.UseOrleans(silo =>
            {
                var number = Interlocked.Increment(ref started);
                SiloSetup.AddTo(silo, cluster, new FailureDetectionOptions(), identity, generations?.Invoke(number) ?? StorageGenerations.OfThisRelease);
                ShardContract.AddTo(silo.Services, contracts?.Invoke(number));
                (configure ?? Membership.Of(cluster, new StorageOptions()).AddRemindersTo)(silo);
            });
            host.Services.AddHostedService<NodeAgent>();
        });
        builder.ConfigureClientHost(host =>
        {
            host.AddEdgeServices(TimeProvider.System, new CryptographicIdSource(), new ClusterOptions { NodeName = "client" });
            host.Services.AddSingleton<IReadiness, ClientReadiness>();
            host.Services.AddJadeEdge();
            host.UseOrleansClient(client => ShardContract.AddTo(client.Services, contracts?.Invoke(0)));
            host.Services.AddHostedService<ViewFollower>();
        });
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new SiloCluster(cluster);
    }

    /// <summary>The process of the silo is gone from one moment to the next.</summary>
    public Task KillAsync(InProcessSiloHandle silo) => _cluster.KillSiloAsync(silo);

    /// <summary>The silo is told to stop and finishes what it has.</summary>
    public Task StopAsync(InProcessSiloHandle silo) => _cluster.StopSiloAsync(silo);

    public Task<InProcessSiloHandle> AddAsync() => _cluster.StartAdditionalSiloAsync();

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();
}
