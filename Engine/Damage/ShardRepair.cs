using System.Text.Json;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Hnsw;
using JadeVector.Engine.Logs;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Memory;
using JadeVector.Engine.Segments;
using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Damage;

// A repair is an ownership term of its own: it opens the log, fences whoever owns the shard, and puts a segment that is written from what is
// left in place of the damaged one, by the same swap as a compaction. The shard opens as always afterwards.
//
// Rows that are lost and have a later version or a delete in the log (which the checkpoint does not cover yet) are no loss, but replay must
// find them: a row with their id and version stands in for them, and is ended by the log before any reader sees it.

/// <summary>Repairs one shard from what is stored.</summary>
public static class ShardRepair
{
    /// <summary>Opens a shard; when it is damaged, after repairing what can be repaired without loss.</summary>
    /// <exception cref="RefusalException">As <see cref="Shard.OpenAsync"/>.</exception>
    public static async Task<Shard> OpenAsync(
        EngineContext context, ShardAddress address, ShardOptions options, CancellationToken cancellation, IShardBirths? births = null)
    {
        try
        {
            return await Shard.OpenAsync(context, address, options, cancellation, births);
        }
        catch (RefusalException damaged) when (damaged.Code == RefusalCodes.ShardDamaged)
        {
            if (!(await RepairAsync(context, address, options, acceptLoss: false, cancellation)).Any(f => f.IsDamage))
                throw;
        }

        return await Shard.OpenAsync(context, address, options, cancellation, births);
    }

    /// <summary>Does what the findings say can be done.</summary>
    /// <param name="context">Where and with what.</param>
    /// <param name="address">Of the shard; whoever owns it is fenced.</param>
    /// <param name="options">As for opening it.</param>
    /// <param name="acceptLoss">Also repairs that lose something: affected vectors go, their ids and the damaged blob are kept under <c>quarantine/</c>.</param>
    /// <param name="cancellation">Ends the work; what was repaired so far stays.</param>
    /// <returns>The findings that were repaired.</returns>
    /// <exception cref="RefusalException"><c>shard_damaged</c>: the log cannot be read; <c>fenced</c>, <c>gone</c>, <c>storage_unavailable</c>: try again.</exception>
    public static async Task<IReadOnlyList<Finding>> RepairAsync(
        EngineContext context, ShardAddress address, ShardOptions options, bool acceptLoss, CancellationToken cancellation)
    {
        var found = await ShardVerifier.VerifyAsync(context, address, cancellation);
        var findings = found.Where(f => CanRepair(f, acceptLoss)).ToArray();
        if (!Array.Exists(findings, f => f.IsDamage) && found.FirstOrDefault(f => f.Repair is FindingRepair.AskAgain) is { } unread)
            throw new RefusalException(RefusalCodes.StorageUnavailable, $"Shard {address}: blob '{unread.Blob}': {unread.What}");
        if (findings.Length == 0)
            return [];
        if (findings[0].Blob == address.ManifestBlob)
            return await RemoveRemainsAsync(context, address, findings, cancellation);
        if (Array.Exists(findings, finding => finding.Repair is FindingRepair.AcceptRollback))
            context.Witness.Forget(address);
        if (Array.TrueForAll(findings, finding => finding.Repair is FindingRepair.AcceptRollback))
            return findings;
        try
        {
            var store = new StoreCalls(context, options.Log);
            var (log, superseded) = await AcquireAsync(context, address, options, cancellation);
            foreach (var finding in findings)
            {
                if (finding.Repair is FindingRepair.Rebuild or FindingRepair.RebuildWithLoss)
                    await RebuildAsync(context, store, log, finding, superseded, options, cancellation);
                else if (finding.Repair is FindingRepair.ForgetRequests)
                    await log.ForgetRequestsAsync(store.DefaultDeadline, cancellation);
            }

            await log.CollectAsync(findings.Where(f => f.Repair is FindingRepair.Collect).Select(f => f.Blob).ToHashSet(), store.DefaultDeadline, cancellation);
            return findings;
        }
        catch (Exception problem) when (problem is BlobDamagedException or InvalidDataException)
        {
            throw new RefusalException(RefusalCodes.ShardDamaged, $"Shard {address} cannot be repaired: {problem.Message}");
        }
    }

    private static bool CanRepair(Finding finding, bool acceptLoss) => finding.Repair switch
    {
        FindingRepair.Rebuild or FindingRepair.Collect => true,
        FindingRepair.RebuildWithLoss or FindingRepair.ForgetRequests or FindingRepair.AcceptRollback => acceptLoss,
        _ => false,
    };

    /// <summary>Becomes the owner; gives the ids that frames after the checkpoint replace or delete, too.</summary>
    private static async Task<(ShardLog Log, HashSet<string> Superseded)> AcquireAsync(
        EngineContext context, ShardAddress address, ShardOptions options, CancellationToken cancellation)
    {
        var log = await ShardLog.OpenAsync(context, address, options.Log, cancellation);
        var superseded = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var frame in log.ReplayAsync(cancellation))
            NoteSuperseded(frame, log.Manifest.Config, superseded);
        foreach (var frame in await log.AcquireAsync(context.Clock.GetUtcNow() + options.CheckpointTimeout, cancellation))
            NoteSuperseded(frame, log.Manifest.Config, superseded);
        return (log, superseded);
    }

    private static void NoteSuperseded(LogFrame frame, ShardConfig config, HashSet<string> superseded)
    {
        var items = new BatchReader(frame.Payload.Span, config.Dimension);
        while (items.Next())
        {
            if (items.Status is WriteItemStatus.Replaced or WriteItemStatus.Deleted)
                superseded.Add(Convert.ToHexString(items.Id));
        }
    }

    /// <summary>Looks at the segment once more: it may have been damaged further since it was found, and nothing goes that was not in the finding.</summary>
    private static async Task RebuildAsync(
        EngineContext context, StoreCalls store, ShardLog log, Finding found, HashSet<string> superseded, ShardOptions options, CancellationToken cancellation)
    {
        var manifest = log.Manifest;
        var entry = manifest.Segments.First(s => ShardBlobs.RowsOf(log.Address, s) == found.Blob);
        if (await SegmentDamage.FindAsync(context, log.Address, manifest.Config, entry, cancellation) is not { } damage)
            return; // compacted away meanwhile
        using (damage)
        {
            var copies = await RowCopies.FindAsync(context, store, log.Address, manifest, [damage], cancellation);
            var finding = ShardVerifier.Describe(damage, copies);
            if (finding.Repair is FindingRepair.AskAgain)
                throw new RefusalException(RefusalCodes.StorageUnavailable, $"Copies of what {found.Blob} has lost may be in {copies.Unread[0]}, which the store does not give: ask again.");
            if (finding.AffectedIds.Except(found.AffectedIds, StringComparer.Ordinal).Any())
                throw new RefusalException(RefusalCodes.ShardDamaged, $"Shard {log.Address}: blob '{found.Blob}' has been damaged further since it was looked at: {finding.What}");
            var part = new GrowingPart(manifest.Config);
            part.Retain();
            try
            {
                Fill(part, damage, copies, superseded);
                if (finding.AffectedIds.Count > 0)
                    await QuarantineAsync(context, log.Address, entry.Name, finding, cancellation);
                var by = part.Count == 0 ? null : await WriteAsync(context, log, part, options, cancellation);
                await log.InstallCompactionAsync(
                    new CompactionEdit(new HashSet<string> { entry.Name }, by, manifest.CoveredSequence), context.Clock.GetUtcNow() + options.CheckpointTimeout, cancellation);
            }
            finally
            {
                part.Release();
            }
        }
    }

    private static void Fill(GrowingPart part, SegmentDamage damage, RowCopies copies, HashSet<string> superseded)
    {
        var rescue = damage.Rescue;
        for (var row = 0; row < rescue.RowCount; row++)
        {
            if (!damage.IsLive(row))
                continue;
            var version = damage.VersionOf(row);
            if (rescue.IsIntact(row))
                part.Append(rescue.Values(row), rescue.Heap(row), rescue.Place(row), ShardRanges.HashOf(rescue.IdOf(row)), version);
            else if (copies.Find(version) is { } copy)
                part.Append(copy.Values, copy.Heap, copy.Place, ShardRanges.HashOf(copy.Heap.AsSpan(0, copy.Place.IdLength)), version);
            else if (version > 0 && rescue.IdOf(row) is { } id && superseded.Contains(Convert.ToHexString(id)))
                part.Append(StandIn(part.Rows.Dimension), id, new RowPlace { IdLength = (ushort)id.Length, MetadataLength = -1, TextLength = -1 }, ShardRanges.HashOf(id), version);
        }

        part.PublishRows();
    }

    /// <summary>Of unit length, so that every metric takes it.</summary>
    private static byte[] StandIn(int dimension)
    {
        var values = new byte[dimension * sizeof(float)];
        BitConverter.TryWriteBytes(values, 1f);
        return values;
    }

    private static async Task<SegmentEntry> WriteAsync(EngineContext context, ShardLog log, GrowingPart part, ShardOptions options, CancellationToken cancellation)
    {
        var linker = new PartLinker(part, context, new ScratchPool<HnswScratch>(), options.LinkSliceRows);
        try
        {
            linker.Start();
            await linker.WhenLinkedAsync(cancellation);
        }
        finally
        {
            await linker.StopAsync();
        }

        var name = LogNames.Create(log.Manifest.Epoch, context.Ids.NewGuid());
        await SegmentWriter.WriteAsync(context, part, log.Address.Blob(ShardBlobs.RowsOf(name)), cancellation);
        return new SegmentEntry(name, part.Versions[0], part.Versions[part.Count - 1], part.Count, null);
    }

    /// <summary>Keeps the damaged blob and the list of what is lost; the shard never reads or collects them.</summary>
    private static async Task QuarantineAsync(EngineContext context, ShardAddress address, string segment, Finding finding, CancellationToken cancellation)
    {
        var list = JsonSerializer.SerializeToUtf8Bytes(new { finding.Blob, finding.What, Ids = finding.AffectedIds });
        await CheckedBlob.WriteAsync(context.Blobs, address.Blob($"quarantine/{segment}-{context.Ids.NewGuid():N}/lost"), list, cancellation);
        await using var upload = await context.Blobs.CreateAsync(address.Blob($"quarantine/{segment}-{context.Ids.NewGuid():N}/rows"), cancellation);
        var buffer = new byte[1024 * 1024];
        while (await context.Blobs.ReadAsync(finding.Blob, upload.LengthBytes, buffer, cancellation) is > 0 and var read)
            await upload.WriteAsync(buffer.AsMemory(0, read), cancellation);
        await upload.CommitAsync(cancellation);
    }

    /// <summary>A shard without a manifest and without segments: nothing that was ever acknowledged.</summary>
    private static async Task<IReadOnlyList<Finding>> RemoveRemainsAsync(EngineContext context, ShardAddress address, Finding[] findings, CancellationToken cancellation)
    {
        await foreach (var blob in context.Blobs.ListAsync(address.Prefix, cancellation))
            await context.Blobs.DeleteAsync(blob.Name, cancellation);
        return findings;
    }
}
