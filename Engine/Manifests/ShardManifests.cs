using JadeVector.Engine.Determinism;
using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Manifests;

/// <summary>What the control plane does with shards: it alone creates and removes them.</summary>
public static class ShardManifests
{
    /// <summary>Creates the shard's first log and its manifest. Repeating it is harmless.</summary>
    /// <exception cref="RefusalException"><c>conflict</c>: the shard exists with another birth; <c>gone</c>: it is being deleted; <c>storage_unavailable</c>: ask again.</exception>
    public static Task CreateAsync(EngineContext context, ShardAddress address, ShardBirth birth, CancellationToken cancellation) =>
        throw new NotImplementedException();

    /// <summary>Reads the manifest.</summary>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="Blobs.BlobDamagedException">It is not what was written, or is another shard's.</exception>
    public static Task<(ShardManifest Manifest, string Version)?> ReadAsync(EngineContext context, ShardAddress address, CancellationToken cancellation) =>
        throw new NotImplementedException();

    /// <summary>Ends the shard for good: after it no write is acknowledged and no owner can take over. Repeating it is harmless.</summary>
    public static Task MarkDeletingAsync(EngineContext context, ShardAddress address, CancellationToken cancellation) =>
        throw new NotImplementedException();

    /// <summary>Deletes all blobs of a shard that is marked as deleting, the manifest last. Repeating it is harmless.</summary>
    /// <exception cref="InvalidOperationException">The shard is not marked.</exception>
    public static Task RemoveAsync(EngineContext context, ShardAddress address, CancellationToken cancellation) =>
        throw new NotImplementedException();
}
