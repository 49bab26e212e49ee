using JadeVector.Hosting;
using JadeVector.Hosting.Edge;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace JadeVector.Client.Cluster;

/// <summary>
/// Calls the silos of a cluster without an HTTP server in between: shard map, query planner and retries are in this process, as they are in
/// an Api of role client. Any number of threads may use one client; make one for the life of the process.
/// </summary>
/// <exception cref="JadeApiException">Every call: the request was refused, as <c>cluster_unavailable</c> or <c>deadline_exceeded</c> where no silo answers.</exception>
/// <exception cref="InvalidOperationException">Every call: the client is not connected.</exception>
public sealed partial class JadeClusterClient : IJadeClient, IAsyncDisposable
{
    private readonly JadeClusterClientOptions _options;
    private IHost? _host;
    private volatile ClusterEdge? _edge;

    internal JadeClusterClient(JadeClusterClientOptions options) => _options = options;

    /// <param name="services">Those of a process of role client, with <see cref="EdgeRegistration.AddJadeEdge"/>.</param>
    internal JadeClusterClient(IServiceProvider services, JadeClusterClientOptions options)
        : this(options) => _edge = ActivatorUtilities.CreateInstance<ClusterEdge>(services);

    private ClusterEdge Edge =>
        _edge ?? throw new InvalidOperationException("The client is not connected to its cluster: its host has not started it, or has stopped it.");

    /// <summary>Connects to a cluster.</summary>
    /// <returns>To be disposed of, which disconnects it.</returns>
    /// <exception cref="JadeStartException">An option is wrong, or no silo answered within <see cref="JadeClusterClientOptions.ConnectTimeout"/>.</exception>
    public static async Task<JadeClusterClient> ConnectAsync(JadeClusterClientOptions options, CancellationToken cancellation = default)
    {
        var client = new JadeClusterClient(options);
        try
        {
            await client.StartAsync(cancellation);
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopAsync(CancellationToken.None);

    internal async Task StartAsync(CancellationToken cancellation)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection(_options.ToConfiguration());
        if (_options.Logs is { } logs)
            builder.Services.AddSingleton(logs);
        builder.Services.AddSingleton<IHostLifetime, Guest>();
        await builder.AddJadeNodeAsync(cancellation);
        builder.Services.AddJadeEdge();
        _host = builder.Build();
        try
        {
            await _host.StartAsync(cancellation);
        }
        catch (Exception problem) when (ReasonOf(problem) is { } reason)
        {
            throw new JadeStartException(reason.Message, problem);
        }

        _edge = ActivatorUtilities.CreateInstance<ClusterEdge>(_host.Services);
    }

    internal async Task StopAsync(CancellationToken cancellation)
    {
        _edge = null;
        if (Interlocked.Exchange(ref _host, null) is not { } host)
            return;
        using (host)
            await host.StopAsync(cancellation);
    }

    /// <summary>The actor runtime wraps what its stages throw.</summary>
    private static JadeStartException? ReasonOf(Exception? problem)
    {
        while (problem is not (null or JadeStartException))
            problem = problem.InnerException;
        return (JadeStartException?)problem;
    }

    /// <summary>Ends with the caller's patience or the client's.</summary>
    private async Task<T> ReadAsync<T>(Func<ClusterEdge, CallTime, Task<T>> call, CancellationToken cancellation)
    {
        var edge = Edge;
        using var time = new CallTime(_options.Timeout, edge.Clock, cancellation);
        return await TranslateAsync(() => call(edge, time), cancellation);
    }

    /// <summary>Does not end with the caller's patience: a write on its way is not called back halfway, the caller only stops waiting.</summary>
    private Task<T> ChangeAsync<T>(Func<ClusterEdge, CallTime, Task<T>> call, CancellationToken cancellation)
    {
        var edge = Edge;
        return RunAsync().WaitAsync(cancellation);

        async Task<T> RunAsync()
        {
            using var time = new CallTime(_options.Timeout, edge.Clock, CancellationToken.None);
            return await TranslateAsync(() => call(edge, time), CancellationToken.None);
        }
    }

    private static async Task<T> TranslateAsync<T>(Func<Task<T>> call, CancellationToken cancellation)
    {
        try
        {
            return await call();
        }
        catch (Exception problem) when (!(problem is OperationCanceledException && cancellation.IsCancellationRequested) && problem is not JadeApiException)
        {
            throw Refusals.Of(problem);
        }
    }

    /// <summary>This host lives inside another program, whose business signals are.</summary>
    private sealed class Guest : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
