using JadeVector.Engine.Blobs;
using JadeVector.Tests.Engine.Blobs;
using JadeVector.Tests.Support;

namespace JadeVector.Tests.Storage;

public sealed class AzureBlobStoreContractTests(AzuriteFixture azurite) : BlobStoreContract
{
    protected override async Task<IBlobStore> OpenAsync() => await azurite.OpenStoreAsync();

    protected override ValueTask CloseAsync(IBlobStore store) => ValueTask.CompletedTask;
}
