using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Shards;
using JadeVector.Engine.Witnesses;
using JadeVector.Grains.Cluster;
using JadeVector.Grains.Databases;
using JadeVector.Grains.Interfaces;
using JadeVector.Grains.Routing;
using JadeVector.Grains.Snapshots;
using JadeVector.Hosting.Cluster;
using JadeVector.Hosting.Embeddings;
using JadeVector.Hosting.Hosts;
using JadeVector.Hosting.Operations;
using JadeVector.Hosting.Options;
using JadeVector.Hosting.Starting;
using JadeVector.Hosting.Storage;
using JadeVector.Hosting.Work;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace JadeVector.Hosting;

/// <summary>
/// Composes a process of the product below its edge: the plain interfaces that an edge calls, and under them either a whole node
/// (storage, engine, grains on their host) or a client of the nodes elsewhere.
/// </summary>
public static class JadeNode
{
    /// <summary>Opens what the options name and registers everything below the edge.</summary>
    /// <exception cref="JadeStartException">The configuration is wrong, or storage or membership cannot be reached; the message says what and how to mend it.</exception>
    public static async Task AddJadeNodeAsync(this IHostApplicationBuilder builder, CancellationToken cancellation)
    {
        var cluster = NodeOptions.Bind<ClusterOptions>(builder, ClusterOptions.Section);
        var storage = NodeOptions.Bind<StorageOptions>(builder, StorageOptions.Section);
        var engine = NodeOptions.Bind<EngineOptions>(builder, EngineOptions.Section);
        var host = HostOf(builder, cluster, storage);
        var retry = StartRetry.For(cluster);
        await host.PrepareAsync(retry, cancellation);
        if (cluster.Role == NodeRole.Client)
        {
            builder.AddEdgeServices(TimeProvider.System, new CryptographicIdSource(), cluster);
            builder.Services.AddSingleton<IReadiness, ClientReadiness>();
            host.AddClientTo(builder);
            builder.Services.AddHostedService<ViewFollower>();
            return;
        }

        var ids = new CryptographicIdSource();
        var threads = engine.SearchThreads > 0 ? engine.SearchThreads : Environment.ProcessorCount;
        var admission = new SearchAdmission(threads, TimeSpan.FromMilliseconds(engine.SearchWaitMilliseconds), TimeProvider.System);
        builder.Services.AddSingleton(admission);
        var work = new ThreadWorkScheduler(threads, TimeProvider.System, admission);
        var blobs = await Stores.OpenAsync(storage, work, ids, retry, cancellation);
        builder.AddNode(new EngineContext(blobs, TimeProvider.System, work, ids) { Witness = Stores.OpenWitness(storage) }, engine, cluster, host);
    }

    /// <summary>The same for a process without an edge, which has no use for the role of a client.</summary>
    /// <exception cref="JadeStartException">As before, or the role is another.</exception>
    public static Task AddJadeSiloAsync(this IHostApplicationBuilder builder, CancellationToken cancellation) =>
        NodeOptions.Bind<ClusterOptions>(builder, ClusterOptions.Section).Role == NodeRole.Cohosted
            ? builder.AddJadeNodeAsync(cancellation)
            : throw new JadeStartException("Jade:Cluster:Role 'client' is for the Api; a silo hosts shards.");

    /// <summary>A whole node over a context that is there already; its store and scheduler are disposed of with the host.</summary>
    internal static void AddJadeNode(this IHostApplicationBuilder builder, EngineContext context, EngineOptions engine)
    {
        var cluster = NodeOptions.Bind<ClusterOptions>(builder, ClusterOptions.Section);
        builder.AddNode(context, engine, cluster, HostOf(builder, cluster, new StorageOptions()));
    }

    /// <summary>All of a node but its host.</summary>
    internal static NodeIdentity AddNodeServices(this IHostApplicationBuilder builder, EngineContext context, EngineOptions engine, ClusterOptions cluster)
    {
        var services = builder.Services;
        services.AddSingleton(_ => context.Blobs); // by factory, so that the container disposes of it
        services.AddSingleton(_ => context.Work);
        services.AddSingleton(_ => context.Witness);
        services.AddSingleton(provider => context with
        {
            Blobs = provider.GetRequiredService<IBlobStore>(),
            Work = provider.GetRequiredService<IWorkScheduler>(),
            Witness = provider.GetRequiredService<StoreWitness>(),
        });
        services.AddSingleton(new ShardOptions { CheckpointSizeBytes = engine.CheckpointMebibytes * 1024L * 1024L });
        services.AddSingleton(new FollowerOptions { LagMax = TimeSpan.FromMilliseconds(engine.ReplicaLagMilliseconds) });
        services.AddSingleton<BlobGrainStorage>();
        services.AddSingleton<LocalCopies>();
        services.AddSingleton(provider => new NodeMemory(provider.GetRequiredService<LocalCopies>(), engine.MemoryBytes, context.Clock));
        services.AddSingleton(ClusterPace.Default);
        services.AddSingleton(BackupsPace.Default);
        services.AddSingleton<IReadiness, Readiness>();
        return builder.AddEdgeServices(context.Clock, context.Ids, cluster);
    }

    /// <summary>What an edge calls, over whatever <see cref="IGrainFactory"/> the host brings.</summary>
    /// <returns>The name that this process goes by.</returns>
    internal static NodeIdentity AddEdgeServices(this IHostApplicationBuilder builder, TimeProvider clock, IdSource ids, ClusterOptions cluster)
    {
        var identity = new NodeIdentity(cluster.NodeName ?? $"{Environment.MachineName}-{Environment.ProcessId}", clock.GetUtcNow());
        var services = builder.Services;
        services.AddSingleton(identity);
        var shutdown = NodeOptions.Bind<ShutdownOptions>(builder, ShutdownOptions.Section);
        services.AddSingleton(shutdown);
        services.AddSingleton<Drain>();
        services.AddHostedService(provider => provider.GetRequiredService<Drain>());
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(shutdown.DrainSeconds + shutdown.FinishSeconds));
        services.AddSingleton(clock);
        services.AddSingleton(ids);
        services.AddSingleton<ClusterTable>();
        services.AddSingleton<IClusterTable>(provider => provider.GetRequiredService<ClusterTable>());
        services.AddSingleton(NodeAgentPace.Default);
        services.AddSingleton<DatabaseCache>();
        services.AddSingleton<ShardRouter>();
        services.AddSingleton<IDatabaseCatalog, DatabaseCatalog>();
        services.AddSingleton<IDatabaseSnapshots, DatabaseSnapshots>();
        services.AddSingleton<IVectorStore, VectorStore>();
        services.AddSingleton<IQueryPlanner, QueryPlanner>();
        services.AddSingleton<IClusterInfo, ClusterInfo>();
        services.AddJadeEmbeddings(NodeOptions.Bind<EmbeddingOptions>(builder, EmbeddingOptions.Section), clock);
        return identity;
    }

    private static void AddNode(this IHostApplicationBuilder builder, EngineContext context, EngineOptions engine, ClusterOptions cluster, GrainHost host)
    {
        NativeHeap.KeepLargeBlocksApart();
        host.AddSiloTo(builder, builder.AddNodeServices(context, engine, cluster), TimeSpan.FromSeconds(engine.IdleSeconds));
        builder.Services.AddHostedService<MemoryKeeper>();
        builder.Services.AddHostedService<BackupsWaker>();
        builder.Services.AddHostedService<NodeAgent>(); // after the actor runtime: hosted services stop in reverse order
    }

    private static GrainHost HostOf(IHostApplicationBuilder builder, ClusterOptions cluster, StorageOptions storage) =>
        new(cluster, NodeOptions.Bind<FailureDetectionOptions>(builder, FailureDetectionOptions.Section), storage);
}
