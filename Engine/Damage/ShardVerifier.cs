using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Logs;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Segments;
using JadeVector.Engine.Shards;
using JadeVector.Engine.Witnesses;

namespace JadeVector.Engine.Damage;

/// <summary>Reads everything stored of one shard and says what is not as it should be. Writes nothing; the shard may be in use meanwhile.</summary>
public static class ShardVerifier
{
    /// <returns>Empty when all is well. A blob that cannot be read is a finding like any other.</returns>
    /// <exception cref="RefusalException"><c>storage_unavailable</c>: not even the shard's blobs could be listed.</exception>
    public static async Task<IReadOnlyList<Finding>> VerifyAsync(EngineContext context, ShardAddress address, CancellationToken cancellation)
    {
        while (true)
        {
            var store = new StoreCalls(context, new ShardLogOptions());
            var (read, problem) = await ReadManifestAsync(store, address, cancellation);
            if (problem is not null)
                return [problem];
            if (read is not { } standing)
                return await WithoutManifestAsync(store, address, cancellation);
            var findings = await VerifyAsync(context, store, address, standing.Manifest, cancellation);
            if (findings.Count == 0)
                return findings;
            var (now, problemNow) = await ReadManifestAsync(store, address, cancellation);
            // Its owner goes on meanwhile, and deletes what it replaces: that is no damage. Look again.
            if (problemNow is not null)
                return [.. findings, problemNow];
            if (now?.Manifest.EditNonce == standing.Manifest.EditNonce)
                return findings;
        }
    }

    private static async Task<(VersionedManifest? Read, Finding? Problem)> ReadManifestAsync(StoreCalls store, ShardAddress address, CancellationToken cancellation)
    {
        try
        {
            return (await new ManifestStore(store, address).ReadAsync(store.DefaultDeadline, cancellation), null);
        }
        catch (BlobDamagedException damage)
        {
            return (null, new Finding(damage.Blob, damage.What, FindingRepair.None));
        }
        catch (Exception problem) when (Unreadable.IsToldBy(problem))
        {
            return (null, Unreadable.Of(address.ManifestBlob, problem));
        }
    }

    private static async Task<List<Finding>> VerifyAsync(
        EngineContext context, StoreCalls store, ShardAddress address, ShardManifest manifest, CancellationToken cancellation)
    {
        var findings = new List<Finding>();
        if (manifest.State == ShardState.Deleting)
            return findings; // whoever deletes it carries on
        var segments = new List<SegmentDamage>();
        foreach (var entry in manifest.Segments)
            await VerifySegmentAsync(context, address, manifest.Config, entry, findings, segments, cancellation);
        if (segments.Count > 0)
            await FindCopiesAsync(context, store, address, manifest, segments, findings, cancellation);
        segments.ForEach(s => s.Dispose());
        if (manifest.RequestsBlob is { } requests)
            await CollectAsync(findings, () => address.Blob(requests), FindingRepair.ForgetRequests, () => CheckedBlob.ReadAsync(store.Blobs, address.Blob(requests), CheckedBlob.RequestsMagic.ToArray(), cancellation));
        var logs = new LogCursor(store, address);
        await CollectAsync(findings, () => logs.Asked!, FindingRepair.None, () => ReadLogsAsync(store, logs, manifest, cancellation));
        if (await CompareAsync(context, address, cancellation) is { } rollback)
            findings.Add(rollback);
        findings.AddRange(await new PinVerifier(context, store, address, manifest).VerifyAsync(cancellation));
        var named = ShardBlobs.NamedBy(manifest);
        foreach (var blob in await store.RetryAsync(token => store.ListAsync(address.Prefix, token), store.DefaultDeadline, cancellation))
        {
            var relative = blob[address.Prefix.Length..];
            if (ShardBlobs.EpochOf(relative) < manifest.Epoch && !named.Contains(relative))
                findings.Add(new Finding(blob, "a fenced owner left it behind", FindingRepair.Collect));
        }

        return findings;
    }

    private static async Task VerifySegmentAsync(
        EngineContext context, ShardAddress address, ShardConfig config, SegmentEntry entry, List<Finding> findings, List<SegmentDamage> damaged, CancellationToken cancellation)
    {
        if (entry.DeletesBlob is { } deletes)
            await CollectAsync(findings, () => address.Blob(deletes), FindingRepair.None, () => CheckedBlob.ReadAsync(context.Blobs, address.Blob(deletes), CheckedBlob.DeletesMagic.ToArray(), cancellation));
        await CollectAsync(findings, () => ShardBlobs.RowsOf(address, entry), FindingRepair.None, async () =>
        {
            if (await SegmentDamage.FindAsync(context, address, config, entry, cancellation) is { } damage)
                damaged.Add(damage);
        });
    }

    private static async Task FindCopiesAsync(
        EngineContext context, StoreCalls store, ShardAddress address, ShardManifest manifest, List<SegmentDamage> segments, List<Finding> findings, CancellationToken cancellation)
    {
        var copies = await RowCopies.FindAsync(context, store, address, manifest, segments, cancellation);
        foreach (var segment in segments)
            findings.Add(Describe(segment, copies));
    }

    /// <summary>What is wrong with a segment, and what a repair would lose.</summary>
    internal static Finding Describe(SegmentDamage segment, RowCopies copies)
    {
        var lost = segment.LostRows.Where(r => !copies.Contains(segment.VersionOf(r))).Select(segment.Rescue.Describe).ToArray();
        var what = string.Join("; ", segment.What);
        if (lost.Length == 0)
            return new Finding(segment.Blob, what, FindingRepair.Rebuild);
        return copies.Unread.Count == 0
            ? new Finding(segment.Blob, what, FindingRepair.RebuildWithLoss, lost)
            : new Finding(segment.Blob, $"{what}; copies of what it has lost may be in {string.Join(", ", copies.Unread)}, which the store does not give", FindingRepair.AskAgain, lost);
    }

    private static async Task ReadLogsAsync(StoreCalls store, LogCursor logs, ShardManifest manifest, CancellationToken cancellation)
    {
        logs.Start(manifest);
        try
        {
            while (await logs.NextAsync(store.DefaultDeadline, cancellation) is not null)
            {
                // Reading a frame checks it.
            }
        }
        catch (LogMissingException missing)
        {
            throw new BlobDamagedException(missing.Blob, "it is missing though the manifest leads to it");
        }
    }

    /// <summary>What the store shows beside what was seen of it before, where somebody remembers.</summary>
    private static async Task<Finding?> CompareAsync(EngineContext context, ShardAddress address, CancellationToken cancellation)
    {
        if (context.Witness.Find(address) == ShardSighting.None)
            return null;
        try
        {
            var log = await ShardLog.OpenAsync(context, address, new ShardLogOptions(), cancellation);
            await foreach (var _ in log.ReplayAsync(cancellation))
            {
                // At its end it compares.
            }

            return null;
        }
        catch (RefusalException refusal) when (refusal.Code == RefusalCodes.StoreRolledBack)
        {
            return new Finding(address.Prefix, refusal.Message, FindingRepair.AcceptRollback);
        }
        catch (Exception other) when (other is BlobDamagedException or RefusalException { Code: RefusalCodes.Fenced or RefusalCodes.Gone or RefusalCodes.StorageUnavailable })
        {
            return null; // damage, and what cannot be read, is found by those who look for it; and of a shard that changes meanwhile everything is looked at again
        }
    }

    /// <summary>Blobs without a manifest: a shard that was being made or unmade when its node died, or one that has lost it.</summary>
    private static async Task<IReadOnlyList<Finding>> WithoutManifestAsync(StoreCalls store, ShardAddress address, CancellationToken cancellation)
    {
        var blobs = await store.RetryAsync(token => store.ListAsync(address.Prefix, token), store.DefaultDeadline, cancellation);
        var hasContent = blobs.Any(b => b.StartsWith(address.SegmentPrefix, StringComparison.Ordinal));
        return blobs.Count == 0 ? [] : [new Finding(address.ManifestBlob, $"it is missing, and {blobs.Count} blobs of its shard are there", hasContent ? FindingRepair.None : FindingRepair.Collect)];
    }

    /// <param name="findings">Takes what is wrong.</param>
    /// <param name="asked">Tells which blob could not be read, if one could not.</param>
    /// <param name="repair">Of damage.</param>
    /// <param name="check">Throws when something is wrong.</param>
    private static async Task CollectAsync(List<Finding> findings, Func<string> asked, FindingRepair repair, Func<Task> check)
    {
        try
        {
            await check();
        }
        catch (BlobDamagedException damage)
        {
            findings.Add(new Finding(damage.Blob, damage.What, repair));
        }
        catch (Exception problem) when (Unreadable.IsToldBy(problem))
        {
            findings.Add(Unreadable.Of(asked(), problem));
        }
    }
}
