using JadeVector.Engine.Blobs;
using JadeVector.Engine.Blobs.Files;
using JadeVector.Engine.Blobs.Local;
using JadeVector.Engine.Determinism;
using JadeVector.Tests.Support;

namespace JadeVector.Tests.Engine.Blobs;

public sealed class LocalBlobStoreContractTests : BlobStoreContract
{
    private readonly TemporaryDirectory _directory = new();

    protected override async Task<IBlobStore> OpenAsync() =>
        await LocalBlobStore.OpenAsync(_directory.Path, new DiskFileSystem(), new InlineWorkScheduler(), new SeededIdSource(1), CancellationToken.None);

    protected override async ValueTask CloseAsync(IBlobStore store)
    {
        await ((LocalBlobStore)store).DisposeAsync();
        _directory.Dispose();
    }
}
