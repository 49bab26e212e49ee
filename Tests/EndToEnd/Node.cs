using JadeVector.Api;
using JadeVector.Hosting;
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

    /// <param name="settings">Configuration below <c>Jade:</c>.</param>
    public static async Task<Node> StartAsync(string directory, params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        var ports = FreePorts.Take(2);
        builder.Configuration.AddInMemoryCollection(
        [
            new("Jade:Storage:Path", directory),
            new("Jade:Cluster:SiloPort", ports[0].ToString()),
            new("Jade:Cluster:GatewayPort", ports[1].ToString()),
            .. settings.Select(pair => new KeyValuePair<string, string?>($"Jade:{pair.Key}", pair.Value)),
        ]);
        await builder.AddJadeNodeAsync(CancellationToken.None);
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
