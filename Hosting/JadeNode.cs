using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Shards;
using JadeVector.Grains.Cluster;
using JadeVector.Grains.Interfaces;
using JadeVector.Grains.Routing;
using JadeVector.Hosting.Embeddings;
using JadeVector.Hosting.Hosts;
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
        var configuration = builder.Configuration;
        var storage = NodeOptions.Bind<StorageOptions>(configuration, StorageOptions.Section);
        var engine = NodeOptions.Bind<EngineOptions>(configuration, EngineOptions.Section);
        var cluster = NodeOptions.Bind<ClusterOptions>(configuration, ClusterOptions.Section);
        var embedding = NodeOptions.Bind<EmbeddingOptions>(configuration, EmbeddingOptions.Section);

        var clock = TimeProvider.System;
        var ids = new CryptographicIdSource();
        var work = new ThreadWorkScheduler(engine.SearchThreads > 0 ? engine.SearchThreads : Environment.ProcessorCount);
        var blobs = await Stores.OpenAsync(storage, work, ids, cancellation);
        var identity = new NodeIdentity(cluster.NodeName ?? $"{Environment.MachineName}-{Environment.ProcessId}", clock.GetUtcNow());

        var services = builder.Services;
        services.AddSingleton(_ => blobs); // made here, so that the container disposes of it
        services.AddSingleton(_ => work);
        services.AddSingleton(services => new EngineContext(services.GetRequiredService<IBlobStore>(), clock, services.GetRequiredService<ThreadWorkScheduler>(), ids));
        services.AddSingleton(clock);
        services.AddSingleton(identity);
        services.AddSingleton(new ShardOptions { CheckpointSizeBytes = engine.CheckpointMebibytes * 1024L * 1024L });
        services.AddSingleton<BlobGrainStorage>();
        services.AddSingleton<DatabaseCache>();
        services.AddSingleton<IDatabaseCatalog, DatabaseCatalog>();
        services.AddSingleton<IVectorStore, VectorStore>();
        services.AddSingleton<IQueryPlanner, QueryPlanner>();
        services.AddJadeEmbeddings(embedding, clock);
        GrainHost.AddTo(builder, cluster, identity);
    }
}
