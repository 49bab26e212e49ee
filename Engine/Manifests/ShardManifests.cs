using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Logs;
using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Manifests;

/// <summary>What the control plane does with shards: it alone creates and removes them.</summary>
public static class ShardManifests
{
    private const int SwapAttemptsMax = 16;

    /// <summary>Creates the shard's first log and its manifest. Repeating it is harmless.</summary>
    /// <exception cref="RefusalException">
    /// <c>conflict</c>: the shard exists with another birth; <c>gone</c>: it is being deleted; <c>storage_unavailable</c>: ask again.
    /// </exception>
    public static async Task CreateAsync(EngineContext context, ShardAddress address, ShardBirth birth, CancellationToken cancellation)
    {
        var (store, manifests, deadline) = Begin(context, address);
        if (await manifests.ReadAsync(deadline, cancellation) is not { } standing)
        {
            var log = await LogCreation.CreateAsync(store, address, epoch: 0, writerNonce: 0, firstSequence: 1, deadline, cancellation);
            var swap = await manifests.SwapAsync(Born(address, birth, log, store.Ids), replaced: null, deadline, cancellation);
            if (swap.Won)
            {
                return;
            }

            await store.DeleteGarbageAsync([log.Log.Blob]);
            standing = swap.Current ?? throw manifests.Gone();
        }

        if (standing.Manifest.State == ShardState.Deleting)
        {
            throw manifests.Gone();
        }

        if (BirthOf(standing.Manifest) != birth)
        {
            throw new RefusalException(RefusalCodes.Conflict, $"Shard {address} exists already with other settings.");
        }
    }

    /// <summary>Reads the manifest.</summary>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="BlobDamagedException">It is not what was written, or is another shard's.</exception>
    public static async Task<(ShardManifest Manifest, string Version)?> ReadAsync(EngineContext context, ShardAddress address, CancellationToken cancellation)
    {
        var (_, manifests, deadline) = Begin(context, address);
        return await manifests.ReadAsync(deadline, cancellation) is { } read ? (read.Manifest, read.Version) : null;
    }

    /// <summary>
    /// Ends the shard for good: swaps its manifest to deleting and fences its logs. After it no write is acknowledged and no owner can
    /// take over. Repeating it is harmless; a damaged shard can be ended too.
    /// </summary>
    public static async Task MarkDeletingAsync(EngineContext context, ShardAddress address, CancellationToken cancellation)
    {
        var (store, manifests, deadline) = Begin(context, address);
        if (await SwapToDeletingAsync(store, manifests, address, deadline, cancellation))
        {
            await FenceAllAsync(store, address, deadline, cancellation);
        }
    }

    /// <summary>
    /// Deletes all blobs of a shard that is marked as deleting, or was made meanwhile and has had no owner, the manifest last and only as the
    /// one that says "deleting": one that was put in its place meanwhile is marked first, as the first was. Repeating it is harmless.
    /// </summary>
    /// <exception cref="InvalidOperationException">The shard has had an owner and is not marked.</exception>
    /// <exception cref="RefusalException"><c>storage_unavailable</c>: ask again.</exception>
    public static async Task RemoveAsync(EngineContext context, ShardAddress address, CancellationToken cancellation)
    {
        var (store, manifests, deadline) = Begin(context, address);
        if (await manifests.ReadAsync(deadline, cancellation) is { Manifest: { State: not ShardState.Deleting, Epoch: > 0 } })
        {
            throw new InvalidOperationException($"Shard {address} is not marked as deleting.");
        }

        var backoff = new Backoff(store, deadline);
        while (true)
        {
            // The manifest says "deleting" until everything else is gone, so that an opener never finds a shard without its logs, and
            // whoever was making the shard meanwhile finds that there is one.
            var standing = await manifests.ReadAsync(deadline, cancellation);
            var blobs = await store.RetryAsync(token => store.ListAsync(address.Prefix, token), deadline, cancellation);
            if (standing is { Manifest.State: ShardState.Deleting } marked)
            {
                await DeleteAllAsync(store, address, marked, blobs, backoff, deadline, cancellation);
            }
            else if (standing is not null)
            {
                await MarkDeletingAsync(context, address, cancellation);
            }
            else if (blobs.Count > 0)
            {
                await PutTombstoneAsync(store, address, PutCondition.IfAbsent, deadline, cancellation);
            }
            else
            {
                break;
            }
        }

        context.Witness.Forget(address);
    }

    /// <summary>Deletes what there is, the manifest last. What became of a deletion that nobody answered, the next look at what is there tells.</summary>
    private static async Task DeleteAllAsync(
        StoreCalls store, ShardAddress address, VersionedManifest marked, IReadOnlyList<string> blobs, Backoff backoff, DateTimeOffset deadline, CancellationToken cancellation)
    {
        foreach (var blob in blobs.Where(blob => blob != address.ManifestBlob))
        {
            await store.RetryAsync(token => store.Blobs.DeleteAsync(blob, token), deadline, cancellation);
        }

        try
        {
            await store.OnceAsync(token => store.Blobs.DeleteIfMatchAsync(address.ManifestBlob, marked.Version, token), deadline, cancellation);
        }
        catch (BlobStoreException problem)
        {
            if (!await backoff.PauseAsync(cancellation))
            {
                throw StoreCalls.Unavailable(problem);
            }
        }
    }

    private static Task<PutResult> PutTombstoneAsync(
        StoreCalls store, ShardAddress address, PutCondition condition, DateTimeOffset deadline, CancellationToken cancellation)
    {
        var tombstone = ManifestFormat.Write(Tombstone(address, store.Ids), address.ManifestBlob);
        return store.RetryAsync(token => store.Blobs.PutAsync(address.ManifestBlob, tombstone, condition, token), deadline, cancellation);
    }

    /// <returns>False when there is no shard.</returns>
    private static async Task<bool> SwapToDeletingAsync(
        StoreCalls store, ManifestStore manifests, ShardAddress address, DateTimeOffset deadline, CancellationToken cancellation)
    {
        for (var attempt = 0; attempt < SwapAttemptsMax; attempt++)
        {
            VersionedManifest? read;
            try
            {
                read = await manifests.ReadAsync(deadline, cancellation);
            }
            catch (BlobDamagedException)
            {
                // Nobody can open it, so nobody's edit is overwritten; what is to be deleted need not be read.
                await PutTombstoneAsync(store, address, PutCondition.None, deadline, cancellation);
                return true;
            }

            if (read is not { } standing)
            {
                return false;
            }

            if (standing.Manifest.State == ShardState.Deleting)
            {
                return true; // marked before, perhaps not fenced to the end
            }

            var next = standing.Manifest with
            {
                State = ShardState.Deleting,
                Epoch = standing.Manifest.Epoch + 1,
                OwnerNonce = store.Ids.NewNonce(),
                EditCounter = standing.Manifest.EditCounter + 1,
                EditNonce = store.Ids.NewNonce(),
            };
            if ((await manifests.SwapAsync(next, standing, deadline, cancellation)).Won)
            {
                return true;
            }
        }

        throw StoreCalls.Unavailable(new TimeoutException("the manifest kept changing"));
    }

    /// <summary>
    /// Fences every log there is, without reading any (they may be damaged). An owner can escape into a new log only by a ROLL before
    /// the FENCE, and then that log is there when the names are listed again: until no new name comes.
    /// </summary>
    private static async Task FenceAllAsync(StoreCalls store, ShardAddress address, DateTimeOffset deadline, CancellationToken cancellation)
    {
        var fenced = new HashSet<string>(StringComparer.Ordinal);
        var nonce = store.Ids.NewNonce();
        while (true)
        {
            var names = await store.RetryAsync(token => store.ListAsync(address.LogPrefix, token), deadline, cancellation);
            var fresh = names.Where(fenced.Add).ToArray();
            if (fresh.Length == 0)
            {
                return;
            }

            foreach (var blob in fresh)
            {
                var fence = FrameHeader.Fence(new LogIdentity(blob[address.LogPrefix.Length..], blob), ulong.MaxValue, nonce);
                await store.RetryAsync(token => store.Blobs.AppendAsync(blob, fence, null, token), deadline, cancellation);
            }
        }
    }

    private static (StoreCalls Store, ManifestStore Manifests, DateTimeOffset Deadline) Begin(EngineContext context, ShardAddress address)
    {
        var store = new StoreCalls(context, new ShardLogOptions());
        return (store, new ManifestStore(store, address), store.DefaultDeadline);
    }

    private static ShardManifest Born(ShardAddress address, ShardBirth birth, LogPosition log, IdSource ids) => new()
    {
        DatabaseId = address.DatabaseId,
        Shard = address.Shard,
        State = ShardState.Active,
        Epoch = log.Header.Epoch,
        OwnerNonce = log.Header.WriterNonce,
        EditCounter = 1,
        EditNonce = ids.NewNonce(),
        FirstHash = birth.FirstHash,
        LastHash = birth.LastHash,
        MapVersion = birth.MapVersion,
        Config = birth.Config,
        LiveLog = log.Log.Name,
        LiveFirstSequence = log.Header.FirstSequence,
    };

    private static ShardManifest Tombstone(ShardAddress address, IdSource ids) =>
        Born(
            address,
            new ShardBirth(0, 0, 0, new ShardConfig(0, default, default, 0, 0, 0)),
            new LogPosition(new LogIdentity("", ""), new LogHeader(address.Shard, ulong.MaxValue, 1, ids.NewNonce()), 0, 0, 1, 0),
            ids) with
        { State = ShardState.Deleting };

    private static ShardBirth BirthOf(ShardManifest manifest) => new(manifest.FirstHash, manifest.LastHash, manifest.MapVersion, manifest.Config);
}
