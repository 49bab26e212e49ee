using JadeVector.Engine.Blobs;
using JadeVector.Engine.Manifests;

namespace JadeVector.Engine.Logs;

/// <summary>Fence first, then swap.</summary>
internal sealed partial class ShardLog
{
    private const int AcquireAttemptsMax = 8;

    private Claim? _claim; // prepared and perhaps sent: after a lost answer the same one is tried again

    /// <summary>A swap to our ownership, ready to be sent.</summary>
    private sealed record Claim(ShardManifest Next, VersionedManifest Base, LogPosition Live);

    /// <summary>Becomes the owner: fences the log, then swaps the manifest. Repeating it is harmless.</summary>
    /// <returns>Frames that were not replayed yet (they landed before the fence): apply them before anything else.</returns>
    /// <exception cref="RefusalException">
    /// <c>fenced</c>: another owner was faster or has made a checkpoint since this log was opened: open a new one;
    /// <c>gone</c>; <c>storage_unavailable</c>: not known whether it took effect, call it again.
    /// </exception>
    public async Task<IReadOnlyList<LogFrame>> AcquireAsync(DateTimeOffset deadline, CancellationToken cancellation)
    {
        if (!await _ownership.TryEnterAsync(_store.Clock, deadline, cancellation))
        {
            throw StoreCalls.Unavailable(new TimeoutException("another acquisition or checkpoint is under way"));
        }

        try
        {
            if (IsFenced)
            {
                throw Fenced("another owner has taken over");
            }

            if (_writer is null)
            {
                await BeBornAsync(deadline, cancellation);
            }

            if (_writer is null)
            {
                BeginReading();
                try
                {
                    await BecomeOwnerAsync(deadline, cancellation);
                }
                finally
                {
                    EndReading();
                }
            }

            var found = _found.ToArray();
            _found.Clear();
            return found;
        }
        finally
        {
            _ownership.Release();
        }
    }

    private async Task BecomeOwnerAsync(DateTimeOffset deadline, CancellationToken cancellation)
    {
        for (var attempt = 0; attempt < AcquireAttemptsMax; attempt++)
        {
            var standing = await _manifests.ReadLivingAsync(deadline, cancellation);
            if (_claim is { } earlier && standing.Version != earlier.Base.Version)
            {
                await SettleClaimAsync(earlier, standing);
            }

            if (_writer is null)
            {
                var claim = _claim ??= await PrepareClaimAsync(standing, deadline, cancellation);
                var swap = await _manifests.SwapAsync(claim.Next, claim.Base, deadline, cancellation);
                await SettleClaimAsync(claim, swap.Current is { Manifest.State: not ShardState.Deleting } living ? living : throw _manifests.Gone());
            }

            if (_writer is not null)
            {
                return;
            }
        }

        throw Fenced("the manifest kept changing while it tried to take over");
    }

    /// <summary>The manifest that the claim would replace is no more: either by the claim, or it can never win.</summary>
    private async Task SettleClaimAsync(Claim claim, VersionedManifest standing)
    {
        _claim = null;
        if (standing.Manifest.OwnerNonce == claim.Next.OwnerNonce)
        {
            _manifest = standing.Manifest;
            _writer = new LogWriter(_store, Address, new OwnedLogs(claim.Next.SealedLogs, claim.Live), IsSupersededAsync);
            var kept = claim.Next.SealedLogs.Select(l => l.Name).ToHashSet();
            var emptied = _cursor.Passed.Append(_cursor.Tail!.Position.Sealed).Select(l => l.Name).Where(n => !kept.Contains(n));
            await _store.DeleteGarbageAsync(emptied.Select(Address.LogBlob));
            return;
        }

        await _store.DeleteGarbageAsync([claim.Live.Log.Blob]);
        if (standing.Manifest.Epoch != claim.Base.Manifest.Epoch)
        {
            throw Fenced("another owner was faster to take over");
        }
    }

    /// <summary>Reads to the end, fences, and makes the log of the next epoch.</summary>
    private async Task<Claim> PrepareClaimAsync(VersionedManifest current, DateTimeOffset deadline, CancellationToken cancellation)
    {
        // What is in memory stands on the segments of the manifest it was opened from: another checkpoint may have deleted them.
        if (!SameCheckpoint(current.Manifest, _manifest) || !_cursor.TryRebase(current.Manifest))
        {
            throw Fenced("another owner has made a checkpoint since it was opened");
        }

        // _manifest stays: what the shard knows is still what it was opened from, and only that can be verified, until this succeeds.
        _followed = current.Manifest.EditNonce;
        var nonce = _store.Ids.NewNonce();
        var epoch = current.Manifest.Epoch + 1;
        try
        {
            await FenceTailAsync(epoch, nonce, deadline, cancellation);
        }
        catch (LogMissingException missing)
        {
            throw await MovedOnAsync(missing, deadline, cancellation);
        }

        var tail = _cursor.Tail!.Position;
        var live = await LogCreation.CreateAsync(_store, Address, epoch, nonce, tail.NextSequence, deadline, cancellation);
        var next = current.Manifest with
        {
            Epoch = epoch,
            OwnerNonce = nonce,
            EditCounter = current.Manifest.EditCounter + 1,
            EditNonce = _store.Ids.NewNonce(),
            LiveLog = live.Log.Name,
            LiveFirstSequence = live.Header.FirstSequence,
            SealedLogs = [.. _cursor.Passed.Append(tail.Sealed).Where(l => l.LengthBytes > LogHeader.SizeBytes)],
        };
        return new Claim(next, current, live);
    }

    /// <summary>Reads the chain of logs to its end and sees to it that a FENCE is there. What was not replayed yet is kept for the shard.</summary>
    private async Task FenceTailAsync(ulong epoch, ulong nonce, DateTimeOffset deadline, CancellationToken cancellation)
    {
        var backoff = new Backoff(_store, deadline);
        for (var appended = false; ; appended = true)
        {
            while (await _cursor.NextAsync(deadline, cancellation) is { } frame)
            {
                _found.Enqueue(frame);
            }

            var tail = _cursor.Tail!;
            if (tail.End == LogEnd.Fenced)
            {
                return;
            }

            // Appended already and not to be seen: its answer was lost before its effect, or a ROLL was faster and led to this log.
            if (appended && !await backoff.PauseAsync(cancellation))
            {
                throw StoreCalls.Unavailable(new TimeoutException("the log could not be fenced"));
            }

            await AppendFenceAsync(tail, epoch, nonce, deadline, cancellation);
        }
    }

    private async Task AppendFenceAsync(LogReader tail, ulong epoch, ulong nonce, DateTimeOffset deadline, CancellationToken cancellation)
    {
        var log = tail.Position.Log;
        var fence = FrameHeader.Fence(log, epoch, nonce);
        AppendStatus status;
        try
        {
            status = (await _store.OnceAsync(token => _store.Blobs.AppendAsync(log.Blob, fence, null, token), deadline, cancellation)).Status;
        }
        catch (BlobStoreException)
        {
            return; // whether it landed is read from the log; one FENCE too many does no harm
        }

        if (status == AppendStatus.Missing)
        {
            throw new LogMissingException(log.Blob);
        }

        if (status == AppendStatus.Full)
        {
            // No frame is smaller than a FENCE: what has no room for one takes nothing any more. Its end, read from here on, is final.
            while (await _cursor.NextAsync(deadline, cancellation) is { } frame)
            {
                _found.Enqueue(frame);
            }

            if (_cursor.Tail == tail && tail.End == LogEnd.Open)
            {
                tail.CloseAtEnd();
            }
        }
    }

    private static bool SameCheckpoint(ShardManifest one, ShardManifest other) =>
        one.CoveredSequence == other.CoveredSequence && one.RequestsBlob == other.RequestsBlob && one.Segments.SequenceEqual(other.Segments);
}
