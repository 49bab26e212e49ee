using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Logs;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Segments;
using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Snapshots;

// A shard is made from a kept state in three steps, each of which may be repeated after a crash:
//   1 blobs     segments (unless they are shared), deletes and request ids are copied under the same names.
//   2 birth     a log of the shard's own, and a manifest that names them in place of the empty one that the control plane has made (epoch 0): from here
//               on the shard has the covered part. A restore that is late finds that manifest gone, and nothing comes of it.
//   3 frames    what came after the covered number is appended to the shard's own log, frame by frame as it was: same sequence numbers,
//               same outcomes, same request ids. Up to a moment, if one is asked for.
// The database is not active before all its shards are done, so nobody sees a half.

/// <summary>Makes a new shard from a kept state.</summary>
public static class ShardRestore
{
    private const int GroupSizeBytes = 1024 * 1024;

    /// <summary>From a state that another shard of the store keeps.</summary>
    /// <param name="context">Where and with what.</param>
    /// <param name="from">The shard that keeps it.</param>
    /// <param name="pinId">Which state.</param>
    /// <param name="to">The new shard, of the same number: made, and never owned.</param>
    /// <param name="share">A branch: segments are read where they are and not copied. The pin must then last as long as the new shard.</param>
    /// <param name="untilMs">Leave out what was written after this moment (milliseconds of Unix time).</param>
    /// <param name="cancellation">Ends the work; it can be carried on by the same call.</param>
    /// <exception cref="RefusalException">
    /// <c>not_found</c>: no such state; <c>invalid_argument</c>: the moment is before what the logs go back to; <c>conflict</c>: another is
    /// making the new shard; <c>gone</c>: there is no new shard; <c>shard_damaged</c>, <c>storage_unavailable</c>.
    /// </exception>
    public static async Task RestoreAsync(
        EngineContext context, ShardAddress from, string pinId, ShardAddress to, bool share, long? untilMs, CancellationToken cancellation)
    {
        try
        {
            await RestoreAsync(context, await PinnedSource.OpenAsync(context, from, pinId, cancellation), to, share ? from : null, untilMs, cancellation);
        }
        catch (Exception problem) when (problem is BlobDamagedException or BlobStoreException or InvalidDataException)
        {
            throw Shard.Refusal(to, problem);
        }
    }

    internal static async Task RestoreAsync(
        EngineContext context, ISnapshotSource source, ShardAddress to, ShardAddress? sharedWith, long? untilMs, CancellationToken cancellation)
    {
        var pin = source.Pin;
        if (untilMs < pin.CoveredAtMs)
            throw new RefusalException(RefusalCodes.InvalidArgument, $"at: the logs go back to {DateTimeOffset.FromUnixTimeMilliseconds(pin.CoveredAtMs):O} only.");
        var store = new StoreCalls(context, new ShardLogOptions());
        var manifests = new ManifestStore(store, to);
        var standing = await manifests.ReadLivingAsync(store.DefaultDeadline, cancellation);
        if (standing.Manifest.Epoch == 0)
        {
            await CopyAsync(context, source, to, sharedWith is not null, cancellation);
            await BearAsync(store, manifests, standing, source, to, sharedWith, cancellation);
        }

        await AppendAsync(context, source, to, untilMs, cancellation);
    }

    private static async Task CopyAsync(EngineContext context, ISnapshotSource source, ShardAddress to, bool share, CancellationToken cancellation)
    {
        foreach (var name in BlobsOf(source.Pin, share))
        {
            await source.CopyAsync(name, to.Blob(name), cancellation);
            try
            {
                await VerifyAsync(context, source.Pin, name, to.Blob(name), cancellation);
            }
            catch (BlobDamagedException)
            {
                // It was damaged where it comes from, or on the way: the next attempt copies it anew.
                await context.Blobs.DeleteAsync(to.Blob(name), cancellation);
                throw;
            }
        }
    }

    private static async Task VerifyAsync(EngineContext context, ShardPin pin, string name, string blob, CancellationToken cancellation)
    {
        if (pin.Segments.Any(segment => ShardBlobs.RowsOf(segment.Name) == name))
            (await SegmentFile.OpenAsync(context, blob, cancellation, eagerSizeBytesMax: long.MaxValue)).Dispose();
        else
            await CheckedBlob.ReadAsync(context.Blobs, blob, (name == pin.RequestsBlob ? CheckedBlob.RequestsMagic : CheckedBlob.DeletesMagic).ToArray(), cancellation);
    }

    /// <summary>What is copied, in this order, by names relative to the shard; each is read back and checked.</summary>
    internal static IEnumerable<string> BlobsOf(ShardPin pin, bool share)
    {
        IEnumerable<string> rows = share ? [] : pin.Segments.Select(s => ShardBlobs.RowsOf(s.Name));
        return rows.Concat(pin.Segments.Select(s => s.DeletesBlob).Append(pin.RequestsBlob).OfType<string>());
    }

    private static async Task BearAsync(
        StoreCalls store, ManifestStore manifests, VersionedManifest empty, ISnapshotSource source, ShardAddress to, ShardAddress? sharedWith, CancellationToken cancellation)
    {
        var pin = source.Pin;
        var log = await LogCreation.CreateAsync(store, to, source.Epoch + 1, store.Ids.NewNonce(), pin.CoveredSequence + 1, store.DefaultDeadline, cancellation);
        var manifest = empty.Manifest with
        {
            Epoch = log.Header.Epoch,
            OwnerNonce = log.Header.WriterNonce,
            EditCounter = empty.Manifest.EditCounter + 1,
            EditNonce = store.Ids.NewNonce(),
            FirstHash = source.Birth.FirstHash,
            LastHash = source.Birth.LastHash,
            MapVersion = source.Birth.MapVersion,
            Config = source.Birth.Config,
            LiveLog = log.Log.Name,
            LiveFirstSequence = log.Header.FirstSequence,
            Segments = [.. pin.Segments.Select(s => s with { Home = sharedWith is { } home ? s.Home ?? home.ToString() : null })],
            RequestsBlob = pin.RequestsBlob,
            CoveredSequence = pin.CoveredSequence,
            CoveredAtMs = pin.CoveredAtMs,
        };
        var swap = await manifests.SwapAsync(manifest, empty, store.DefaultDeadline, cancellation);
        await store.DeleteGarbageAsync([swap.Won ? to.LogBlob(empty.Manifest.LiveLog) : log.Log.Blob]);
        if (!swap.Won)
        {
            throw swap.Current is { Manifest.State: not ShardState.Deleting } ? new RefusalException(RefusalCodes.Conflict, $"Shard {to} is being made by another; ask again.") : manifests.Gone();
        }
    }

    private static async Task AppendAsync(EngineContext context, ISnapshotSource source, ShardAddress to, long? untilMs, CancellationToken cancellation)
    {
        var pin = source.Pin;
        if (pin.Logs.Count == 0)
            return;
        var options = new ShardLogOptions();
        var log = await ShardLog.OpenAsync(context, to, options, cancellation);
        await foreach (var _ in log.ReplayAsync(cancellation))
        {
            // Reading it to its end tells how far an attempt before this one has come.
        }

        var group = new List<FrameDraft>();
        var groupBytes = 0;
        await foreach (var frame in source.FramesAsync(cancellation))
        {
            if (frame.FirstSequence <= log.LastSequence || (frame.ItemCount == 0 && log.LastSequence == pin.LastSequence))
                continue; // an attempt before this one brought it over
            if (new BatchReader(frame.Payload.Span, source.Birth.Config.Dimension).WrittenAtMs > untilMs)
                break;
            var draft = new FrameDraft(frame.FirstSequence, frame.ItemCount, frame.Request, frame.Payload.ToArray());
            if (group.Count > 0 && groupBytes + draft.SizeBytes > GroupSizeBytes)
            {
                await AppendAsync(context, log, group, options, cancellation);
                (group, groupBytes) = ([], 0);
            }

            group.Add(draft);
            groupBytes += draft.SizeBytes;
        }

        if (group.Count > 0)
            await AppendAsync(context, log, group, options, cancellation);
    }

    private static async Task AppendAsync(EngineContext context, ShardLog log, List<FrameDraft> group, ShardLogOptions options, CancellationToken cancellation)
    {
        if (!log.IsOwner)
            await log.AcquireAsync(context.Clock.GetUtcNow() + options.OperationTimeout, cancellation);
        group = [.. group.SkipWhile(draft => draft.FirstSequence <= log.LastSequence)]; // brought over by another attempt meanwhile
        if (group.Count == 0)
            return;
        var outcome = await log.AppendAsync(group, context.Clock.GetUtcNow() + options.OperationTimeout, cancellation);
        if (outcome is not AppendOutcome.Durable)
            throw new RefusalException(RefusalCodes.StorageUnavailable, $"The log of shard {log.Address} did not take what is restored: {outcome}. Ask again.");
    }
}
