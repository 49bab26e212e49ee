using JadeVector.Cli.Nodes;
using JadeVector.Cli.Verifying;
using JadeVector.Engine.Blobs;
using JadeVector.Storage.Azure;

namespace JadeVector.Cli.Drills;

/// <summary>An Azurite of the drill's own behind a proxy of the drill's own: it can be reached badly, restarted and killed.</summary>
public sealed class DrillStore : IAsyncDisposable
{
    private readonly AzuriteProcess _azurite;

    private DrillStore(AzuriteProcess azurite, string nodeDirectory) => (_azurite, Proxy, NodeDirectory) = (azurite, new FaultProxy(azurite.Port), nodeDirectory);

    /// <summary>Leads to Azurite through the proxy.</summary>
    public string ConnectionString => _azurite.ConnectionStringAt(Proxy.Port);

    internal FaultProxy Proxy { get; }

    /// <summary>The data directory of the node that uses the store.</summary>
    internal string NodeDirectory { get; }

    /// <param name="directory">Gets Azurite's data.</param>
    /// <param name="nodeDirectory">The data directory of the node that will use it.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="CliException">It is not installed, or does not start.</exception>
    public static async Task<DrillStore> StartAsync(string directory, string nodeDirectory, CancellationToken cancellation) =>
        new(await AzuriteProcess.StartAsync(Directory.CreateDirectory(directory).FullName, cancellation), nodeDirectory);

    /// <summary>In order: it keeps everything.</summary>
    internal async Task RestartAsync(TimeSpan pause, CancellationToken cancellation)
    {
        await _azurite.StopAsync();
        await Task.Delay(pause, cancellation);
        await _azurite.StartAgainAsync(cancellation);
    }

    /// <summary>SIGKILL: it loses what it had not written to its disk yet, acknowledged or not.</summary>
    internal Task KillAsync() => _azurite.KillAsync();

    internal Task StartAgainAsync(CancellationToken cancellation) => _azurite.StartAgainAsync(cancellation);

    /// <summary>
    /// Blobs that it lists and cannot read. Azurite writes down which blobs there are and where their bytes lie in two files of their own, each when its
    /// time has come: after a kill the first may know of more than the second.
    /// </summary>
    internal async Task<int> CountUnreadableAsync(CancellationToken cancellation)
    {
        var options = new AzureBlobStoreOptions { ConnectionString = ConnectionString, CacheDirectory = NodeDirectory + "-probe", RetryCountMax = 0 };
        IBlobStore blobs = await AzureBlobStore.OpenAsync(options, new PoolWork(), new CryptographicIds(), cancellation);
        var count = 0;
        await foreach (var blob in blobs.ListAsync("", cancellation))
        {
            try
            {
                await blobs.ReadAsync(blob.Name, 0, new byte[blob.LengthBytes], cancellation);
            }
            catch (BlobStoreException)
            {
                count++;
            }
        }

        return count;
    }

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        await _azurite.DisposeAsync();
    }
}
