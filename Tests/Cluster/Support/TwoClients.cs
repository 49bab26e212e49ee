using System.Globalization;
using JadeVector.Api;
using JadeVector.Client;
using JadeVector.Client.Cluster;
using JadeVector.Grains.Interfaces;
using JadeVector.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace JadeVector.Tests.Cluster.Support;

/// <summary>How a client reaches the cluster.</summary>
public enum Way
{
    Http,
    Direct,
}

/// <summary>The two implementations of <see cref="IJadeClient"/> over one cluster: through an HTTP edge, and without.</summary>
public sealed class TwoClients : IAsyncDisposable
{
    private const string Model = "jade-hashing";

    /// <summary>Detection of a dead silo and opening of its shards, on a machine that does much else.</summary>
    private static readonly TimeSpan TimeoutDefault = TimeSpan.FromSeconds(60);

    private readonly WebApplication _app;
    private readonly JadeClient _http;
    private readonly JadeClusterClient _direct;

    private TwoClients(WebApplication app, JadeClient http, JadeClusterClient direct) => (_app, _http, _direct) = (app, http, direct);

    public IJadeClient this[Way way] => way == Way.Http ? _http : _direct;

    /// <summary>The edge runs over what the cluster's client process has, as an Api of role client does.</summary>
    internal static async Task<TwoClients> OverAsync(SiloCluster cluster, TimeSpan? timeout = null)
    {
        var time = timeout ?? TimeoutDefault;
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Configuration.AddInMemoryCollection([new("Jade:Limits:TimeoutMilliseconds", time.TotalMilliseconds.ToString(CultureInfo.InvariantCulture))]);
        var services = builder.Services;
        services.AddSingleton(cluster.Databases);
        services.AddSingleton(cluster.Vectors);
        services.AddSingleton(cluster.Planner);
        services.AddSingleton(cluster.Client.GetRequiredService<IDatabaseSnapshots>());
        services.AddSingleton(cluster.Client.GetRequiredService<IClusterInfo>());
        services.AddSingleton(cluster.Client.GetRequiredService<IReadiness>());
        services.AddKeyedSingleton(Model, cluster.Client.GetRequiredKeyedService<IEmbeddingGenerator<string, Embedding<float>>>(Model));
        services.AddJadeApi();
        var app = builder.Build().MapJadeApi();
        await app.StartAsync();
        return new TwoClients(app, new JadeClient(new Uri(app.Urls.Single())), new JadeClusterClient(cluster.Client, new JadeClusterClientOptions { Timeout = time }));
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _direct.DisposeAsync();
        await _app.DisposeAsync();
    }

    /// <summary>Two silos for all tests of a class.</summary>
    public sealed class Fixture : IAsyncLifetime
    {
        private SiloCluster? _cluster;
        private TwoClients? _clients;

        public IJadeClient this[Way way] => _clients![way];

        public async ValueTask InitializeAsync()
        {
            _cluster = await SiloCluster.StartAsync(new SimulatedBlobStore(), silos: 2);
            _clients = await OverAsync(_cluster);
        }

        public async ValueTask DisposeAsync()
        {
            if (_clients is not null)
                await _clients.DisposeAsync();
            if (_cluster is not null)
                await _cluster.DisposeAsync();
        }
    }
}
