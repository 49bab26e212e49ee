using System.Globalization;
using JadeVector.Cli.Nodes;
using JadeVector.Client;

namespace JadeVector.Cli.Drills.Cluster;

/// <summary>Azurite, silos and servers of our own: silos share its blobs and find each other by its table, servers host nothing.</summary>
internal sealed class ClusterProcesses : IAsyncDisposable
{
    private readonly AzuriteProcess _blobs;
    private readonly AzuriteProcess _tables;
    private readonly NodeOptions _silo;
    private readonly List<SiloProcess> _silos = [];
    private readonly List<NodeProcess> _apis = [];
    private int _started;

    private ClusterProcesses(AzuriteProcess blobs, AzuriteProcess tables, string siloPath, string directory)
    {
        (_blobs, _tables) = (blobs, tables);
        _silo = new NodeOptions
        {
            Path = siloPath,
            DataDirectory = directory,
            ConnectionString = blobs.ConnectionString,
            Settings = new Dictionary<string, string>
            {
                ["Jade__Cluster__Clustering"] = "azure",
                ["Jade__Cluster__ConnectionString"] = tables.ConnectionString,
            },
        };
    }

    internal IReadOnlyList<SiloProcess> Silos => _silos;

    internal IReadOnlyList<JadeClient> Clients { get; private set; } = [];

    internal static async Task<ClusterProcesses> StartAsync(ClusterDrillOptions options, string siloPath, string apiPath, string directory, CancellationToken cancellation)
    {
        var blobs = await AzuriteProcess.StartAsync(Directory.CreateDirectory(Path.Combine(directory, "blobs")).FullName, cancellation);
        var tables = await AzuriteProcess.StartAsync(
            Directory.CreateDirectory(Path.Combine(directory, "tables")).FullName, cancellation, AzuriteService.Table);
        var cluster = new ClusterProcesses(blobs, tables, siloPath, directory);
        try
        {
            for (var i = 0; i < options.Silos; i++) await cluster.StartSiloAsync(cancellation);
            for (var i = 0; i < options.Apis; i++) await cluster.StartApiAsync(apiPath, directory, cancellation);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    internal async Task StartSiloAsync(CancellationToken cancellation)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"silo-{++_started}");
        var own = _silo with { DataDirectory = Path.Combine(_silo.DataDirectory, name), LogFile = LogOf(name) };
        _silos.Add(await SiloProcess.StartAsync(name, own, cancellation));
    }

    /// <exception cref="CliException">It had ended by itself.</exception>
    internal async Task KillAsync(SiloProcess silo)
    {
        if (silo.HasExited) throw new CliException($"{silo.Name} ended by itself ({silo.LastWords}).");
        await silo.KillAsync();
        _silos.Remove(silo);
    }

    /// <summary>By SIGTERM.</summary>
    internal async Task StopAsync(SiloProcess silo)
    {
        await silo.DisposeAsync();
        _silos.Remove(silo);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in Clients) client.Dispose();
        foreach (var api in _apis) await api.DisposeAsync();
        foreach (var silo in _silos) await silo.DisposeAsync();
        await _tables.DisposeAsync();
        await _blobs.DisposeAsync();
    }

    private string LogOf(string name) => Path.Combine(_silo.DataDirectory, $"{name}.log");

    private async Task StartApiAsync(string path, string directory, CancellationToken cancellation)
    {
        var settings = new Dictionary<string, string>(_silo.Settings) { ["Jade__Cluster__Role"] = "client" };
        var log = LogOf(string.Create(CultureInfo.InvariantCulture, $"api-{_apis.Count + 1}"));
        var api = new NodeProcess(new NodeOptions { Path = path, DataDirectory = directory, Settings = settings, LogFile = log });
        _apis.Add(api);
        var address = await api.StartAsync(cancellation);
        Clients = [.. Clients, new JadeClient(new JadeClientOptions { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) })];
    }
}
