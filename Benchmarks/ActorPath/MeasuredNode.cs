using System.Globalization;
using System.Net;
using System.Net.Sockets;
using JadeVector.Api;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Shards;
using JadeVector.Grains.Interfaces;
using JadeVector.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace JadeVector.Benchmarks.ActorPath;

/// <summary>A whole node in this process over a directory that goes with it, on whichever host this build has; or a client of one.</summary>
internal sealed class MeasuredNode : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly DirectoryInfo _directory;

    private readonly string _gatewayPort;

    private MeasuredNode(WebApplication app, DirectoryInfo directory, string gatewayPort) => (_app, _directory, _gatewayPort) = (app, directory, gatewayPort);

    internal Uri Address => new(_app.Urls.First());

    internal IQueryPlanner Planner => _app.Services.GetRequiredService<IQueryPlanner>();

    internal IGrainFactory Grains => _app.Services.GetRequiredService<IGrainFactory>();

    internal EngineContext Engine => _app.Services.GetRequiredService<EngineContext>();

    internal static Task<MeasuredNode> StartAsync(CancellationToken cancellation)
    {
        var ports = FreePorts(2);
        return StartAsync("Cohosted", ports[0], ports[1], cancellation);
    }

    /// <summary>Starts what calls this node as another process would, through its gateway; needs Microsoft Orleans.</summary>
    internal Task<MeasuredNode> StartClientAsync(CancellationToken cancellation) => StartAsync("Client", _gatewayPort, _gatewayPort, cancellation);

    private static async Task<MeasuredNode> StartAsync(string role, string siloPort, string gatewayPort, CancellationToken cancellation)
    {
        var directory = Directory.CreateTempSubdirectory("jade-actor-path-");
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Configuration.AddInMemoryCollection(
        [
            new("Jade:Storage:Path", directory.FullName),
            new("Jade:Cluster:Role", role),
            new("Jade:Cluster:SiloPort", siloPort),
            new("Jade:Cluster:GatewayPort", gatewayPort),
        ]);
        await builder.AddJadeNodeAsync(cancellation);
        builder.Services.AddJadeApi();
        var app = builder.Build();
        app.MapJadeApi();
        await app.StartAsync(cancellation);
        return new MeasuredNode(app, directory, gatewayPort);
    }

    /// <summary>Creates a database, fills it, turns its logs into segments and waits until every row is linked.</summary>
    /// <param name="rows">Little-endian float32 each.</param>
    /// <returns>The database's id.</returns>
    internal async Task<string> LoadAsync(string name, int dimension, int shards, IReadOnlyList<byte[]> rows, CancellationToken cancellation)
    {
        var databases = _app.Services.GetRequiredService<IDatabaseCatalog>();
        var vectors = _app.Services.GetRequiredService<IVectorStore>();
        var database = await databases.CreateAsync(
            new DatabaseSettings { Name = name, Dimension = dimension, Metric = SimilarityMetric.Euclidean, ShardCount = shards }, cancellation);
        foreach (var chunk in rows.Index().Chunk(1_000))
        {
            VectorWrite[] items = [.. chunk.Select(row => new VectorWrite { Kind = WriteKind.Upsert, Id = row.Index.ToString(CultureInfo.InvariantCulture), Values = row.Item })];
            await vectors.WriteAsync(database.Id, items, new WriteOptions { Deadline = DateTimeOffset.MaxValue }, cancellation);
        }

        for (var shard = 0; shard < shards; shard++) await Grains.GetGrain<IShardGrain>(new CopyId(database.Id, shard, 0).ToString()).Checkpoint();
        return database.Id;
    }

    /// <summary>Opens the shards of a database once more, for reading, without any grain.</summary>
    internal async Task<Shard[]> OpenShardsAsync(string databaseId, int shards, CancellationToken cancellation)
    {
        var opened = new Shard[shards];
        for (var i = 0; i < shards; i++) opened[i] = await Shard.OpenAsync(Engine, new ShardAddress(databaseId, i), new ShardOptions(), cancellation);
        return opened;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    private static string[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners) listener.Start();
        string[] ports = [.. listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture))];
        foreach (var listener in listeners) listener.Dispose();
        return ports;
    }
}
