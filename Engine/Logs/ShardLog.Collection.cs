using JadeVector.Engine.Manifests;

namespace JadeVector.Engine.Logs;

// Garbage is what an owner wrote and died before it could name it, or could not delete. Only fenced epochs have any that may be collected:
// their owners can never again win a swap, and a later owner names only what it wrote itself or what the manifest named before it. So a blob
// of an earlier epoch that the manifest does not name will never be named; it makes no difference who else looks, or when one dies.

/// <summary>Collection of what fenced owners left behind.</summary>
internal sealed partial class ShardLog
{
    /// <summary>Blobs of earlier epochs that the manifest does not name, as whole names.</summary>
    /// <exception cref="RefusalException"><c>fenced</c>, <c>gone</c>, <c>storage_unavailable</c>.</exception>
    public async Task<IReadOnlySet<string>> FindGarbageAsync(DateTimeOffset deadline, CancellationToken cancellation)
    {
        var names = await _store.RetryAsync(token => _store.ListAsync(Address.Prefix, token), deadline, cancellation);
        var manifest = (await ReadOwnedAsync(deadline, cancellation)).Manifest;
        var named = ShardBlobs.NamedBy(manifest);
        return names.Where(n => IsGarbage(n[Address.Prefix.Length..], named, manifest.Epoch)).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Deletes blobs that were garbage a grace time ago and still are.</summary>
    /// <returns>How many.</returns>
    public async Task<int> CollectAsync(IReadOnlySet<string> suspects, DateTimeOffset deadline, CancellationToken cancellation)
    {
        var garbage = (await FindGarbageAsync(deadline, cancellation)).Intersect(suspects).Order(StringComparer.Ordinal).ToArray();
        await _store.DeleteGarbageAsync(garbage);
        return garbage.Length;
    }

    private static bool IsGarbage(string relativeName, IReadOnlySet<string> named, ulong epoch) =>
        ShardBlobs.EpochOf(relativeName) < epoch && !named.Contains(relativeName);
}
