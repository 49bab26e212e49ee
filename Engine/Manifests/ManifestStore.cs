using JadeVector.Engine.Blobs;
using JadeVector.Engine.Logs;
using JadeVector.Engine.Shards;
using JadeVector.Engine.Witnesses;

namespace JadeVector.Engine.Manifests;

/// <summary>A manifest and the version to replace it by.</summary>
internal readonly record struct VersionedManifest(ShardManifest Manifest, string Version);

/// <summary>What became of a swap. When it lost, <see cref="Current"/> is what stands instead; null when the manifest is gone.</summary>
internal readonly record struct SwapResult(bool Won, VersionedManifest? Current);

/// <summary>Reads manifests and replaces them under If-Match, finding out what became of a swap whose answer is lost.</summary>
/// <param name="isWitnessed">Whether a manifest that is older than one seen before is refused: not for those who verify or delete whatever there is.</param>
internal sealed class ManifestStore(StoreCalls store, ShardAddress address, bool isWitnessed = false)
{
    /// <returns>Null when there is none.</returns>
    /// <exception cref="BlobDamagedException">It is not what was written, or is another shard's, or contradicts itself.</exception>
    /// <exception cref="RefusalException"><c>store_rolled_back</c>: a newer one was seen before the call.</exception>
    public async Task<VersionedManifest?> ReadAsync(DateTimeOffset deadline, CancellationToken cancellation)
    {
        var blob = address.ManifestBlob;
        var seen = store.Witness.Find(address); // before the question: an answer may be older than what is seen meanwhile
        if (await store.RetryAsync(token => store.Blobs.GetAsync(blob, token), deadline, cancellation) is not { } content)
        {
            return null;
        }

        var manifest = ManifestFormat.Read(content.Bytes.Span, blob);
        if (manifest.DatabaseId != address.DatabaseId || manifest.Shard != address.Shard)
        {
            throw new BlobDamagedException(blob, $"it is the manifest of shard {manifest.DatabaseId}/{manifest.Shard}");
        }

        CheckSequences(manifest, blob);
        if (isWitnessed)
        {
            CheckAgainst(seen, manifest);
        }

        return new VersionedManifest(manifest, content.Version);
    }

    /// <summary>The manifest of a shard that lives.</summary>
    /// <exception cref="RefusalException"><c>gone</c>: there is none, or it is being deleted.</exception>
    public async Task<VersionedManifest> ReadLivingAsync(DateTimeOffset deadline, CancellationToken cancellation) =>
        await ReadAsync(deadline, cancellation) is { Manifest.State: not ShardState.Deleting } living ? living : throw Gone();

    public RefusalException Gone() => new(RefusalCodes.Gone, $"Shard {address} does not exist or is being deleted.");

    /// <summary>
    /// Puts <paramref name="next"/> (with an <see cref="ShardManifest.EditNonce"/> of its own) in place of another. The same
    /// bytes are sent under the same condition until it is known which edit stands, so that a late arrival is harmless. What it names
    /// and the other did not is looked for before each attempt: a store that went back in between may have lost it and still hold the other.
    /// </summary>
    /// <param name="next">What is to stand.</param>
    /// <param name="replaced">What stands; null when there is none.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="RefusalException">
    /// <c>storage_unavailable</c>: it is not known whether it took effect, and it still may; <c>store_rolled_back</c>: what it names is no longer there.
    /// </exception>
    public async Task<SwapResult> SwapAsync(ShardManifest next, VersionedManifest? replaced, DateTimeOffset deadline, CancellationToken cancellation)
    {
        var bytes = ManifestFormat.Write(next, address.ManifestBlob);
        var condition = replaced is { } standing ? PutCondition.IfMatch(standing.Version) : PutCondition.IfAbsent;
        var added = ShardBlobs.NamedBy(next).Except(replaced is { } other ? ShardBlobs.NamedBy(other.Manifest) : [ShardBlobs.Manifest]).Select(address.Blob).ToArray();
        var backoff = new Backoff(store, deadline);
        while (true)
        {
            BlobStoreException? problem = null;
            try
            {
                if (await FindMissingAsync(added, deadline, cancellation) is { } missing)
                {
                    var now = await ReadAsync(deadline, cancellation);
                    return now?.Version != condition.Version
                        ? new SwapResult(now?.Manifest.EditNonce == next.EditNonce, now) // whoever replaced it has done away with what only this edit named
                        : throw ShardLog.RolledBack(address, $"'{missing}' was stored for its next manifest and is missing");
                }

                var put = await store.OnceAsync(token => store.Blobs.PutAsync(address.ManifestBlob, bytes, condition, token), deadline, cancellation);
                if (put.Version is { } version)
                {
                    Saw(next);
                    return new SwapResult(true, new VersionedManifest(next, version));
                }
            }
            catch (BlobStoreException unanswered)
            {
                problem = unanswered;
            }

            // A condition that does not hold may be our own earlier, unanswered put: only the content tells.
            var current = await ReadAsync(deadline, cancellation);
            if (current?.Manifest.EditNonce == next.EditNonce)
            {
                return new SwapResult(true, current);
            }

            if (current?.Version != condition.Version)
            {
                return new SwapResult(false, current);
            }

            if (problem is { IsFull: true } || !await backoff.PauseAsync(cancellation))
            {
                throw StoreCalls.Unavailable(problem ?? new BlobStoreException("The manifest could not be replaced though nobody else did."));
            }
        }
    }

    private async Task<string?> FindMissingAsync(IEnumerable<string> blobs, DateTimeOffset deadline, CancellationToken cancellation)
    {
        foreach (var blob in blobs)
        {
            if (await store.RetryAsync(token => store.Blobs.GetLengthAsync(blob, token), deadline, cancellation) is null)
            {
                return blob;
            }
        }

        return null;
    }

    /// <summary>What is being deleted counts its edits anew when its manifest was damaged, and is refused anyhow.</summary>
    private void CheckAgainst(ShardSighting seen, ShardManifest manifest)
    {
        if (manifest.State == ShardState.Deleting)
        {
            return;
        }

        if (manifest.EditCounter < seen.EditCounter || (manifest.EditCounter == seen.EditCounter && manifest.EditNonce != seen.EditNonce))
        {
            throw ShardLog.RolledBack(address, $"its manifest is that of edit {manifest.EditCounter}, and one of edit {seen.EditCounter} was seen before");
        }

        Saw(manifest);
    }

    private void Saw(ShardManifest manifest)
    {
        if (isWitnessed)
        {
            store.Witness.Saw(address, ShardSighting.None with { EditCounter = manifest.EditCounter, EditNonce = manifest.EditNonce });
        }
    }

    private static void CheckSequences(ShardManifest manifest, string blob)
    {
        var expected = manifest.CoveredSequence + 1;
        foreach (var log in manifest.SealedLogs)
        {
            if (log.FirstSequence != expected || log.LastSequence + 1 < log.FirstSequence || log.LengthBytes < LogHeader.SizeBytes)
            {
                throw new BlobDamagedException(blob, $"log '{log.Name}' does not follow on sequence {expected - 1}");
            }

            expected = log.LastSequence + 1;
        }

        if (manifest.State != ShardState.Deleting && manifest.LiveFirstSequence != expected)
        {
            throw new BlobDamagedException(blob, $"the live log begins at sequence {manifest.LiveFirstSequence} where {expected} should follow");
        }
    }
}
