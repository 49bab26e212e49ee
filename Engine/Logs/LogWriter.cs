using JadeVector.Engine.Blobs;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Logs;

/// <summary>The logs of an owner: those that have ended, oldest first, and where the live one stands.</summary>
internal sealed record OwnedLogs(IReadOnlyList<SealedLog> Ended, LogPosition Live);

// The writer of one ownership term. At most one append is under way or in doubt: _pending. It is set before its bytes are sent for
// the first time and cleared only when the store's content says what became of them:
//
//   the position holds these bytes  -> durable: the live position moves behind them
//   it holds another frame          -> fenced for good: nothing of ours can land there or later any more
//   it holds no whole frame         -> damaged or torn: it may be ours, so nothing is known until that is repaired
//   the log still ends there        -> the same bytes are sent again
//   the log was dropped by others   -> fenced for good, and nobody will ever tell whether the bytes were among what they took over
//
// Rolling over is one such append, of a ROLL frame: the live position moves to the next log only when it is known to be durable.
internal sealed class LogWriter(StoreCalls store, ShardAddress address, OwnedLogs logs, Func<DateTimeOffset, CancellationToken, Task<bool>> isSuperseded)
{
    private readonly Lock _lock = new(); // guards what others read while the gate is held: _logs, _late
    private readonly AsyncGate _gate = new();
    private readonly List<LogFrame> _late = [];
    private OwnedLogs _logs = logs;
    private PendingAppend? _pending;
    private volatile bool _fenced;
    private RefusalException? _lost; // the store has gone back behind what it acknowledged: nothing of ours can be sent or found out any more

    public OwnedLogs Logs
    {
        get
        {
            lock (_lock)
            {
                return _logs;
            }
        }
    }

    public bool IsFenced => _fenced;

    public bool HasPending => Volatile.Read(ref _pending) is not null;

    public void MarkFenced() => _fenced = true;

    public IReadOnlyList<LogFrame> TakeLateFrames()
    {
        lock (_lock)
        {
            var late = _late.ToArray();
            _late.Clear();
            return late;
        }
    }

    /// <summary>Forgets ended logs that a checkpoint has dropped.</summary>
    public void Drop(IReadOnlySet<string> names)
    {
        lock (_lock)
        {
            _logs = _logs with { Ended = [.. _logs.Ended.Where(l => !names.Contains(l.Name))] };
        }
    }

    public Task<AppendOutcome> AppendAsync(IReadOnlyList<FrameDraft> group, DateTimeOffset deadline, CancellationToken cancellation) =>
        InTurnAsync(
            async () =>
            {
                var sizeBytes = group.Sum(d => (long)d.SizeBytes);
                if (NeedsRoll(sizeBytes) && await RollCoreAsync(deadline, cancellation) is var rolled and not AppendOutcome.Durable)
                {
                    return rolled;
                }

                return await SendAsync(PendingAppend.Batches(Logs.Live, group), deadline, cancellation);
            },
            deadline,
            cancellation);

    public Task<AppendOutcome> ResolvePendingAsync(DateTimeOffset deadline, CancellationToken cancellation) =>
        InTurnAsync(() => Task.FromResult(AppendOutcome.Durable), deadline, cancellation, lateFramesFirst: false);

    public Task<AppendOutcome> RollAsync(Action<LogPosition> onBoundary, DateTimeOffset deadline, CancellationToken cancellation) =>
        InTurnAsync(
            async () =>
            {
                var outcome = Logs.Live.IsEmpty ? AppendOutcome.Durable : await RollCoreAsync(deadline, cancellation);
                if (outcome == AppendOutcome.Durable)
                {
                    onBoundary(Logs.Live);
                }

                return outcome;
            },
            deadline,
            cancellation);

    /// <summary>Runs <paramref name="work"/> alone, after what was in doubt has been resolved.</summary>
    private async Task<AppendOutcome> InTurnAsync(
        Func<Task<AppendOutcome>> work, DateTimeOffset deadline, CancellationToken cancellation, bool lateFramesFirst = true)
    {
        if (!await _gate.TryEnterAsync(store.Clock, deadline, cancellation))
        {
            return AppendOutcome.Unavailable;
        }

        try
        {
            if (_fenced)
            {
                return AppendOutcome.Fenced;
            }

            if (_lost is { } lost)
            {
                throw lost;
            }

            if (_pending is { } pending)
            {
                var resolved = await ResolveAsync(pending, deadline, cancellation);
                if (resolved != AppendOutcome.Durable)
                {
                    return OfNothingSent();
                }
            }

            return lateFramesFirst && HasLateFrames() ? AppendOutcome.Outdated : await work();
        }
        finally
        {
            _gate.Release();
        }
    }

    private bool HasLateFrames()
    {
        lock (_lock)
        {
            return _late.Count > 0;
        }
    }

    /// <summary>Room is kept in every log for a ROLL and for the fences of several would-be owners.</summary>
    private bool NeedsRoll(long groupSizeBytes)
    {
        const long reserveBytes = 8 * (LogLimits.FrameOverheadBytes + LogNames.LengthMax);
        var live = Logs.Live;
        return !live.IsEmpty
            && (live.AppendCount >= store.Options.AppendCount || live.Offset + groupSizeBytes + reserveBytes > store.Options.LogSizeBytes);
    }

    /// <summary>Next log first, then the ROLL that leads to it.</summary>
    private async Task<AppendOutcome> RollCoreAsync(DateTimeOffset deadline, CancellationToken cancellation)
    {
        var live = Logs.Live;
        LogPosition next;
        try
        {
            next = await LogCreation.CreateAsync(
                store, address, live.Header.Epoch, live.Header.WriterNonce, live.NextSequence, deadline, cancellation);
        }
        catch (RefusalException refusal) when (refusal.Code == RefusalCodes.StorageUnavailable)
        {
            return AppendOutcome.Unavailable;
        }

        var outcome = await SendAsync(PendingAppend.Roll(live, next), deadline, cancellation);
        return outcome == AppendOutcome.Durable ? outcome : OfNothingSent();
    }

    /// <summary>The answer to a caller whose turn did not come because of what was before it.</summary>
    private AppendOutcome OfNothingSent() => _fenced ? AppendOutcome.Fenced : AppendOutcome.Unavailable;

    private async Task<AppendOutcome> SendAsync(PendingAppend append, DateTimeOffset deadline, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (store.Clock.GetUtcNow() >= deadline)
        {
            return AppendOutcome.Unavailable;
        }

        Volatile.Write(ref _pending, append);
        try
        {
            return await ResolveAsync(append, deadline, cancellation);
        }
        finally
        {
            append.IsLate = true; // if it is still pending, whoever sent it has been told so
        }
    }

    /// <returns>Durable or Fenced, and nothing is pending; or OutcomeUnknown: it still is, or we are fenced and it is past finding out.</returns>
    private async Task<AppendOutcome> ResolveAsync(PendingAppend append, DateTimeOffset deadline, CancellationToken cancellation)
    {
        var backoff = new Backoff(store, deadline);
        try
        {
            while (store.Clock.GetUtcNow() < deadline)
            {
                var full = false;
                try
                {
                    if (await TryOnceAsync(append, deadline, cancellation) is { } outcome)
                    {
                        return outcome;
                    }
                }
                catch (BlobStoreException problem)
                {
                    append.MayHaveLanded = true;
                    full = problem.IsFull; // repeating will not make room, and the caller wants to know soon
                }

                if (full || !await backoff.PauseAsync(cancellation))
                {
                    break;
                }
            }

            return AppendOutcome.OutcomeUnknown;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            append.MayHaveLanded = true;
            return AppendOutcome.OutcomeUnknown; // the bytes are on their way: that the caller has left does not call them back
        }
        catch (RefusalException refusal) when (refusal.Code == RefusalCodes.StorageUnavailable)
        {
            return AppendOutcome.OutcomeUnknown;
        }
    }

    /// <returns>Null when the log still ends at the position.</returns>
    private async Task<AppendOutcome?> TryOnceAsync(PendingAppend append, DateTimeOffset deadline, CancellationToken cancellation)
    {
        var log = append.Before.Log;
        var sent = await store.OnceAsync(token => store.Blobs.AppendAsync(log.Blob, append.Bytes, append.Before.Offset, token), deadline, cancellation);
        if (sent.Status == AppendStatus.Appended)
        {
            return Complete(append);
        }

        if (sent.Status == AppendStatus.Missing)
        {
            return await LostAsync(append, $"it is missing, {append.Before.Offset} bytes of it were acknowledged", deadline, cancellation);
        }

        var held = await store.ReadAsync(log.Blob, append.Before.Offset, append.Bytes.Length, deadline, cancellation);
        if (held is not { Length: > 0 } found)
        {
            var length = await store.RetryAsync(token => store.Blobs.GetLengthAsync(log.Blob, token), deadline, cancellation);
            if (length is null || length < append.Before.Offset)
            {
                return await LostAsync(append, $"it has {length ?? 0} bytes, {append.Before.Offset} were acknowledged", deadline, cancellation);
            }

            // A full log takes no ROLL either. It is as good as fenced: the next owner goes on in a new one.
            return sent.Status == AppendStatus.Full ? Fence() : null;
        }

        if (found.Span.SequenceEqual(append.Bytes.Span))
        {
            return Complete(append);
        }

        if (IsAnothers(found.Span, append))
        {
            return Fence();
        }

        // Damaged or torn: it may be ours, and may be so again when that has been repaired.
        append.MayHaveLanded = true;
        return null;
    }

    /// <summary>Whether a frame begins there whose header is whole and not that of the append.</summary>
    private static bool IsAnothers(ReadOnlySpan<byte> found, PendingAppend append) =>
        found.Length >= FrameHeader.SizeBytes
        && FrameHeader.TryRead(found, append.Before.Chain, append.Before.Log.Seed, out _) is null
        && !found[..FrameHeader.SizeBytes].SequenceEqual(append.Bytes.Span[..FrameHeader.SizeBytes]);

    private AppendOutcome Complete(PendingAppend append)
    {
        lock (_lock)
        {
            if (append.Next is { } next)
            {
                _logs = new OwnedLogs([.. _logs.Ended, append.Before.Sealed], next);
            }
            else
            {
                _logs = _logs with { Live = append.After };
                ShardLog.SawLog(store, address, append.After);
                if (append.IsLate)
                {
                    _late.AddRange(append.Frames());
                }
            }
        }

        Volatile.Write(ref _pending, null);
        return AppendOutcome.Durable;
    }

    /// <summary>Something else holds the position: what was pending does not exist and never will.</summary>
    private AppendOutcome Fence()
    {
        _fenced = true;
        Volatile.Write(ref _pending, null);
        return AppendOutcome.Fenced;
    }

    /// <summary>
    /// Acknowledged bytes are gone: either the shard went on without us and dropped the log, or the store has lost them. In the first
    /// case the group of an attempt without an answer may be among what the new owner took over before it dropped the log.
    /// </summary>
    private async Task<AppendOutcome> LostAsync(PendingAppend append, string what, DateTimeOffset deadline, CancellationToken cancellation)
    {
        if (await FindLossAsync($"log '{append.Before.Log.Name}' is not what it was: {what}", deadline, cancellation) is { } lost)
        {
            _lost = lost;
            if (append.MayHaveLanded)
            {
                return AppendOutcome.OutcomeUnknown; // it may be in what is missing, and come back with it
            }

            Volatile.Write(ref _pending, null); // every attempt was turned down: it is nowhere
            throw lost;
        }

        Fence();
        return append.MayHaveLanded ? AppendOutcome.OutcomeUnknown : AppendOutcome.Fenced;
    }

    /// <returns>Null when another owner has dropped the log.</returns>
    private async Task<RefusalException?> FindLossAsync(string what, DateTimeOffset deadline, CancellationToken cancellation)
    {
        try
        {
            return await isSuperseded(deadline, cancellation) ? null : ShardLog.RolledBack(address, what);
        }
        catch (RefusalException lost) when (lost.Code == RefusalCodes.StoreRolledBack)
        {
            return lost; // the manifest is older, too
        }
    }
}
