using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Logs;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Snapshots;

// A shard is made from a kept state in three steps, each of which may be repeated after a crash:
//   1 blobs     segments (unless they are shared), deletes and request ids are copied under the same names.
//   2 birth     a log of the shard's own and the manifest, which names them: from here on the shard exists, with the covered part.
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
    /// <param name="to">The new shard; of the same number.</param>
    /// <param name="share">A branch: segments are read where they are and not copied. The pin must then last as long as the new shard.</param>
    /// <param name="untilMs">Leave out what was written after this moment (milliseconds of Unix time).</param>
    /// <param name="cancellation">Ends the work; it can be carried on by the same call.</param>
    /// <exception cref="RefusalException">
    /// <c>not_found</c>: no such state; <c>invalid_argument</c>: the moment is before what the logs go back to; <c>conflict</c>: the new shard exists with
    /// another birth; <c>shard_damaged</c>, <c>gone</c>, <c>storage_unavailable</c>.
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
        if (await manifests.ReadAsync(store.DefaultDeadline, cancellation) is null)
        {
            await CopyAsync(source, to, sharedWith is not null, cancellation);
            await BearAsync(store, manifests, source, to, sharedWith, cancellation);
        }

        await AppendAsync(context, source, to, untilMs, cancellation);
    }

    private static async Task CopyAsync(ISnapshotSource source, ShardAddress to, bool share, CancellationToken cancellation)
    {
        foreach (var name in BlobsOf(source.Pin, share))
            await source.CopyAsync(name, to.Blob(name), cancellation);
    }

    /// <summary>What is copied, in this order, by names relative to the shard.</summary>
    internal static IEnumerable<string> BlobsOf(ShardPin pin, bool share)
    {
        IEnumerable<string> rows = share ? [] : pin.Segments.Select(s => ShardBlobs.RowsOf(s.Name));
        return rows.Concat(pin.Segments.Select(s => s.DeletesBlob).Append(pin.RequestsBlob).OfType<string>());
    }

    private static async Task BearAsync(
        StoreCalls store, ManifestStore manifests, ISnapshotSource source, ShardAddress to, ShardAddress? sharedWith, CancellationToken cancellation)
    {
        var pin = source.Pin;
        var log = await LogCreation.CreateAsync(store, to, source.Epoch, store.Ids.NewNonce(), pin.CoveredSequence + 1, store.DefaultDeadline, cancellation);
        var manifest = new ShardManifest
        {
            DatabaseId = to.DatabaseId,
            Shard = to.Shard,
            State = ShardState.Active,
            Epoch = log.Header.Epoch,
            OwnerNonce = log.Header.WriterNonce,
            EditCounter = 1,
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
        var swap = await manifests.SwapAsync(manifest, PutCondition.IfAbsent, store.DefaultDeadline, cancellation);
        if (!swap.Won)
        {
            await store.DeleteGarbageAsync([log.Log.Blob]);
            throw new RefusalException(RefusalCodes.Conflict, $"Shard {to} is being made by another; ask again.");
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
        var outcome = await log.AppendAsync(group, context.Clock.GetUtcNow() + options.OperationTimeout, cancellation);
        if (outcome is not AppendOutcome.Durable)
            throw new RefusalException(RefusalCodes.StorageUnavailable, $"The log of shard {log.Address} did not take what is restored: {outcome}. Ask again.");
    }
}
