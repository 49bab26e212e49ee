using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace JadeVector.Cli.Nodes;

/// <summary>Which of Azurite's services.</summary>
internal enum AzuriteService
{
    Blob,
    Table,
}

/// <summary>An Azurite of our own on a free port.</summary>
internal sealed class AzuriteProcess : IAsyncDisposable
{
    /// <summary>Names the azurite-blob program: set by ./jade.</summary>
    private const string PathVariable = "JADE_AZURITE";

    /// <summary>The account and key that every Azurite has, from Microsoft's documentation.</summary>
    private const string Account =
        "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);

    private readonly ProcessStartInfo _start;
    private readonly AzuriteService _service;
    private ChildProcess? _child;

    private AzuriteProcess(ProcessStartInfo start, ChildProcess child, AzuriteService service, int port) => (_start, _child, _service, Port) = (start, child, service, port);

    /// <summary>Kept over restarts.</summary>
    internal int Port { get; }

    internal string ConnectionString => ConnectionStringAt(Port);

    /// <summary>The same with another way to it.</summary>
    internal string ConnectionStringAt(int port) =>
        string.Create(CultureInfo.InvariantCulture, $"{Account}{_service}Endpoint=http://127.0.0.1:{port}/devstoreaccount1;");

    /// <param name="directory">Gets Azurite's data.</param>
    /// <exception cref="CliException">It is not installed, or does not start.</exception>
    internal static async Task<AzuriteProcess> StartAsync(string directory, CancellationToken cancellation, AzuriteService service = AzuriteService.Blob)
    {
        var path = Environment.GetEnvironmentVariable(PathVariable);
        if (string.IsNullOrEmpty(path)) throw new CliException($"{PathVariable} is not set; start this command through ./jade, which installs Azurite and sets it.");
        var port = FreePorts.Take(1)[0];
        var portText = port.ToString(CultureInfo.InvariantCulture);
        var name = service.ToString().ToLowerInvariant();
        string[] arguments = ["--silent", "--disableTelemetry", "--skipApiVersionCheck", $"--{name}Host", "127.0.0.1", $"--{name}Port", portText, "--location", directory];
        // The programs of the services lie side by side.
        var program = path.Replace("azurite-blob", $"azurite-{name}", StringComparison.Ordinal);
        var start = new ProcessStartInfo(program, arguments);
        return new AzuriteProcess(start, await StartAsync(start, port, cancellation), service, port);
    }

    /// <summary>SIGTERM: it writes down what it knows, and ends.</summary>
    internal async Task StopAsync()
    {
        var child = _child;
        _child = null;
        if (child is not null) await child.DisposeAsync();
    }

    /// <summary>SIGKILL.</summary>
    internal async Task KillAsync()
    {
        if (_child is { } child) await child.KillAsync();
        await StopAsync();
    }

    /// <summary>On the same port, over what it left.</summary>
    /// <exception cref="CliException">It does not start.</exception>
    internal async Task StartAgainAsync(CancellationToken cancellation) => _child = await StartAsync(_start, Port, cancellation);

    private static async Task<ChildProcess> StartAsync(ProcessStartInfo start, int port, CancellationToken cancellation)
    {
        var child = ChildProcess.Start(start);
        try
        {
            for (var since = Stopwatch.StartNew(); !await ListensAsync(port, cancellation);)
            {
                if (child.HasExited || since.Elapsed > StartTimeout) throw new CliException($"Azurite did not start ({child.LastWords}).");
                await Task.Delay(100, cancellation);
            }

            return child;
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private static async Task<bool> ListensAsync(int port, CancellationToken cancellation)
    {
        using var socket = new TcpClient();
        try
        {
            await socket.ConnectAsync("127.0.0.1", port, cancellation);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
