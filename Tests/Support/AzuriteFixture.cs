using JadeVector.Engine.Determinism;
using JadeVector.Storage.Azure;
using JadeVector.Tests.Support;
using Xunit;

[assembly: AssemblyFixture(typeof(AzuriteFixture))]

namespace JadeVector.Tests.Support;

/// <summary>One Azurite for the whole run, started by the first test that asks, and a container for each test.</summary>
public sealed class AzuriteFixture : IAsyncDisposable
{
    private readonly SemaphoreSlim _starting = new(1);
    private readonly TemporaryDirectory _directory = new();
    private AzuriteProcess? _azurite;
    private int _containers;

    /// <summary>A store in a fresh container; skips the test where Azurite is not installed.</summary>
    public async Task<AzureBlobStore> OpenStoreAsync() =>
        await AzureBlobStore.OpenAsync(await NewContainerAsync(), new InlineWorkScheduler(), new SeededIdSource(1), CancellationToken.None);

    /// <summary>Options for a container that no other test has; several stores may be opened with them, each with a cache directory of its own.</summary>
    public async Task<AzureBlobStoreOptions> NewContainerAsync()
    {
        var azurite = await StartedAsync();
        var number = Interlocked.Increment(ref _containers);
        return new AzureBlobStoreOptions
        {
            ConnectionString = azurite.ConnectionString,
            Container = $"test-{number}",
            CacheDirectory = Path.Join(_directory.Path, $"cache-{number}"),
        };
    }

    public async ValueTask DisposeAsync()
    {
        if (_azurite is not null)
            await _azurite.DisposeAsync();
        _directory.Dispose();
        _starting.Dispose();
    }

    private async Task<AzuriteProcess> StartedAsync()
    {
        Assert.SkipWhen(AzuriteProcess.Program is null, "Azurite is not installed (npm ci in eng/azurite; ./jade test does it).");
        await _starting.WaitAsync();
        try
        {
            return _azurite ??= await AzuriteProcess.StartAsync(Path.Join(_directory.Path, "azurite"));
        }
        finally
        {
            _starting.Release();
        }
    }
}
