using System.Globalization;

namespace JadeVector.Cli.Nodes;

/// <summary>A silo of a cluster in a child process.</summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    /// <summary>Names the built silo to start: set by ./jade where Microsoft Orleans is there.</summary>
    internal const string PathVariable = "JADE_SILO";

    private readonly ChildProcess _child;

    private SiloProcess(string name, ChildProcess child) => (Name, _child) = (name, child);

    /// <summary>As the cluster calls it.</summary>
    internal string Name { get; }

    internal bool HasExited => _child.HasExited;

    internal string LastWords => _child.LastWords;

    /// <exception cref="CliException">It ends before it is ready, or is not ready in time.</exception>
    internal static async Task<SiloProcess> StartAsync(string name, NodeOptions options, CancellationToken cancellation)
    {
        var settings = new Dictionary<string, string>(options.Settings) { ["Jade__Cluster__NodeName"] = name };
        var child = ChildProcess.Start(NodeStart.Of(options with { Settings = settings }), options.LogFile);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        late.CancelAfter(options.ReadyTimeout);
        try
        {
            await child.UntilSaidAsync("silo is ready", late.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            var words = child.LastWords;
            await child.DisposeAsync();
            throw new CliException(string.Create(CultureInfo.InvariantCulture, $"Silo {name} was not ready within {options.ReadyTimeout.TotalSeconds:0} s ({words})."));
        }

        return child.HasExited ? throw new CliException($"Silo {name} ended before it was ready ({child.LastWords}).") : new SiloProcess(name, child);
    }

    /// <summary>SIGKILL.</summary>
    internal async Task KillAsync()
    {
        await _child.KillAsync();
        await _child.DisposeAsync();
    }

    /// <summary>SIGTERM: it hands its shards over and leaves.</summary>
    public ValueTask DisposeAsync() => _child.DisposeAsync();
}
