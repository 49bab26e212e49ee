using JadeVector.Engine.Blobs;
using JadeVector.Tests.Support;

namespace JadeVector.Tests.Engine.Blobs;

/// <summary>The store that the engine's own tests trust behaves as the real ones do.</summary>
public sealed class SimulatedBlobStoreContractTests : BlobStoreContract
{
    protected override Task<IBlobStore> OpenAsync() => Task.FromResult<IBlobStore>(new SimulatedBlobStore());

    protected override ValueTask CloseAsync(IBlobStore store)
    {
        ((SimulatedBlobStore)store).Dispose();
        return ValueTask.CompletedTask;
    }
}
