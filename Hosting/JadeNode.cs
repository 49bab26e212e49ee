using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Shards;
using JadeVector.Grains.Cluster;
using JadeVector.Grains.Interfaces;
using JadeVector.Grains.Routing;
using JadeVector.Hosting.Cluster;
using JadeVector.Hosting.Embeddings;
using JadeVector.Hosting.Hosts;
using JadeVector.Hosting.Operations;
using JadeVector.Hosting.Options;
using JadeVector.Hosting.Storage;
using JadeVector.Hosting.Work;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace JadeVector.Hosting;

/// <summary>Composes a node: storage, engine, grains on their host, and the plain interfaces that an edge calls.</summary>
public static class JadeNode
{
    /// <summary>Opens the store and registers everything below the edge.</summary>
    /// <exception cref="JadeStartException">The configuration is wrong or the store cannot be opened; the message says what and how to mend it.</exception>
    public static async Task AddJadeNodeAsync(this IHostApplicationBuilder builder, CancellationToken cancellation)
    {
        var storage = NodeOptions.Bind<StorageOptions>(builder, StorageOptions.Section);
        var engine = NodeOptions.Bind<EngineOptions>(builder, EngineOptions.Section);
        var ids = new CryptographicIdSource();
        var work = new ThreadWorkScheduler(engine.SearchThreads > 0 ? engine.SearchThreads : Environment.ProcessorCount);
        var blobs = await Stores.OpenAsync(storage, work, ids, cancellation);
        builder.AddJadeNode(new EngineContext(blobs, TimeProvider.System, work, ids), engine);
    }

    /// <summary>The same over a context that is there already; its store and scheduler are disposed of with the host.</summary>
    internal static void AddJadeNode(this IHostApplicationBuilder builder, EngineContext context, EngineOptions engine)
    {
        var cluster = NodeOptions.Bind<ClusterOptions>(builder, ClusterOptions.Section);
        var embedding = NodeOptions.Bind<EmbeddingOptions>(builder, EmbeddingOptions.Section);
        var identity = new NodeIdentity(cluster.NodeName ?? $"{Environment.MachineName}-{Environment.ProcessId}", context.Clock.GetUtcNow());

        var services = builder.Services;
        services.AddSingleton(_ => context.Blobs); // by factory, so that the container disposes of it
        services.AddSingleton(_ => context.Work);
        services.AddSingleton(provider => context with { Blobs = provider.GetRequiredService<IBlobStore>(), Work = provider.GetRequiredService<IWorkScheduler>() });
        services.AddSingleton(context.Clock);
        services.AddSingleton(identity);
        services.AddSingleton(new ShardOptions { CheckpointSizeBytes = engine.CheckpointMebibytes * 1024L * 1024L });
        services.AddSingleton(new FollowerOptions { LagMax = TimeSpan.FromMilliseconds(engine.ReplicaLagMilliseconds) });
        services.AddSingleton<BlobGrainStorage>();
        services.AddSingleton<LocalCopies>();
        services.AddSingleton<ClusterTable>();
        services.AddSingleton<IClusterTable>(provider => provider.GetRequiredService<ClusterTable>());
        services.AddSingleton(ClusterPace.Default);
        services.AddSingleton(NodeAgentPace.Default);
        services.AddSingleton<DatabaseCache>();
        services.AddSingleton<IDatabaseCatalog, DatabaseCatalog>();
        services.AddSingleton<IVectorStore, VectorStore>();
        services.AddSingleton<IQueryPlanner, QueryPlanner>();
        services.AddSingleton<IClusterInfo, ClusterInfo>();
        services.AddSingleton<IReadiness, Readiness>();
        services.AddJadeEmbeddings(embedding, context.Clock);
        GrainHost.AddTo(builder, cluster, identity);
        services.AddHostedService<NodeAgent>(); // after the actor runtime: hosted services stop in reverse order
    }
}
