using System.Diagnostics;
using System.Globalization;
using JadeVector.Client;

namespace JadeVector.Cli.Nodes;

/// <summary>A node in a child process; killing it is SIGKILL.</summary>
public sealed class NodeProcess : INode, IAsyncDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    private readonly NodeOptions _options;
    private ChildProcess? _child;

    public NodeProcess(NodeOptions options)
    {
        _options = options;
        var port = options.Port == 0 ? FreePorts.Take(1)[0] : options.Port;
        Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
    }

    public Uri Address { get; }

    /// <summary>Of the process that runs.</summary>
    public int ProcessId => _child?.Id ?? throw new InvalidOperationException("The node does not run.");

    public string LastWords => _child?.LastWords ?? "not started";

    public bool IsRunning => _child is { HasExited: false };

    public async Task<Uri> StartAsync(CancellationToken cancellation)
    {
        if (_child is not null) throw new InvalidOperationException("The node runs already.");
        _child = ChildProcess.Start(StartInfo(), _options.LogFile);
        using var client = new JadeClient(new JadeClientOptions { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(5) });
        var since = Stopwatch.StartNew();
        while (!await client.IsReadyAsync(cancellation))
        {
            if (_child.HasExited) throw new CliException($"The node ended before it was ready ({_child.LastWords}).");
            if (since.Elapsed > _options.ReadyTimeout) throw new CliException($"The node was not ready within {_options.ReadyTimeout.TotalSeconds:0} s ({_child.LastWords}).");
            await Task.Delay(PollInterval, cancellation);
        }

        return Address;
    }

    public async Task KillAsync()
    {
        var child = _child ?? throw new InvalidOperationException("The node does not run.");
        if (child.HasExited) throw new CliException($"The node ended by itself ({child.LastWords}).");
        await child.KillAsync();
        await child.DisposeAsync();
        _child = null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_child is { } child) await child.DisposeAsync();
        _child = null;
    }

    private ProcessStartInfo StartInfo()
    {
        var start = NodeStart.Of(_options);
        start.Environment["ASPNETCORE_URLS"] = Address.ToString();
        return start;
    }
}
