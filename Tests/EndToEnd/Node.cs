using System.Globalization;
using JadeVector.Api;
using JadeVector.Cli.Nodes;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Hosting;
using JadeVector.Hosting.Options;
using JadeVector.Hosting.Work;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace JadeVector.Tests.EndToEnd;

/// <summary>A whole node in this process, on a free port: API, grains, engine and a store of its own.</summary>
internal sealed class Node : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Node(WebApplication app, HttpClient http)
    {
        _app = app;
        Http = http;
    }

    public HttpClient Http { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>A node with a store of its own in the directory, or wherever the settings say.</summary>
    /// <param name="directory">Of the store, or of its cache.</param>
    /// <param name="settings">Configuration below <c>Jade:</c>.</param>
    public static async Task<Node> StartAsync(string directory, params (string Key, string Value)[] settings)
    {
        var builder = Builder([("Storage:Path", directory), .. settings]);
        await builder.AddJadeNodeAsync(CancellationToken.None);
        return await StartAsync(builder);
    }

    /// <summary>A node over a store that is there already.</summary>
    public static async Task<Node> StartAsync(IBlobStore blobs)
    {
        var builder = Builder([]);
        builder.AddJadeNode(
            new EngineContext(blobs, TimeProvider.System, new ThreadWorkScheduler(cores: 2, TimeProvider.System), new CryptographicIdSource()), new EngineOptions());
        return await StartAsync(builder);
    }

    private static WebApplicationBuilder Builder((string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        var ports = FreePorts.Take(2);
        builder.Configuration.AddInMemoryCollection(
        [
            new("Jade:Cluster:SiloPort", ports[0].ToString(CultureInfo.InvariantCulture)),
            new("Jade:Cluster:GatewayPort", ports[1].ToString(CultureInfo.InvariantCulture)),
            .. settings.Select(pair => new KeyValuePair<string, string?>($"Jade:{pair.Key}", pair.Value)),
        ]);
        return builder;
    }

    private static async Task<Node> StartAsync(WebApplicationBuilder builder)
    {
        builder.Services.AddJadeApi();
        var app = builder.Build();
        app.MapJadeApi();
        await app.StartAsync();
        return new Node(app, new HttpClient { BaseAddress = new Uri(app.Urls.First()) });
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
