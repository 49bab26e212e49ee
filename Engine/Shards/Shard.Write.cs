using System.Diagnostics;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Logs;

namespace JadeVector.Engine.Shards;

// The write path: queue, gather, decide, append, apply, publish, answer.
public sealed partial class Shard
{
    private readonly Lock _queueLock = new();
    private readonly Queue<PendingWrite> _queue = new();
    private long _queuedBytes;
    private bool _committing;

    /// <summary>Writes a batch; returns when it is durable and visible. The first write takes ownership: it fences an earlier owner.</summary>
    /// <exception cref="RefusalException">
    /// Nothing was written: <c>invalid_argument</c>, <c>wrong_dimension</c>, <c>not_finite</c>, <c>limit_exceeded</c>, <c>stale_map</c> (an id is another
    /// shard's), <c>request_id_reused</c>, <c>storage_unavailable</c>, <c>deadline_exceeded</c>, <c>overloaded</c>, <c>fenced</c>, <c>gone</c>, <c>loading</c> (being closed), <c>shard_damaged</c>, <c>store_rolled_back</c>.
    /// Not known, ask again with the same request id: <c>outcome_unknown</c>.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled before anything was sent; later a cancellation is <c>outcome_unknown</c>.</exception>
    public async Task<WriteOutcome> WriteAsync(WriteBatch batch, CancellationToken cancellation)
    {
        ThrowIfUnusable();
        cancellation.ThrowIfCancellationRequested();
        var prepared = PreparedBatch.Prepare(batch, Config, Range);
        await ThrottleAsync(Patience(batch.Deadline), cancellation);
        var patience = Patience(batch.Deadline);
        if (patience <= TimeSpan.Zero)
            throw new RefusalException(RefusalCodes.DeadlineExceeded, "The deadline had passed before the write began.");
        var write = new PendingWrite(prepared, _context.Clock.GetUtcNow() + patience);
        if (Enqueue(write))
            Track(CommitLoopAsync());
        try
        {
            return await write.Ended.WaitAsync(patience, _context.Clock, cancellation);
        }
        catch (TimeoutException)
        {
            throw TryWithdraw(write)
                ? new RefusalException(RefusalCodes.DeadlineExceeded, "The deadline passed before the write was sent.")
                : Unknown();
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // A deadline may come as a cancellation: what was sent must not look as if it had not been.
            if (TryWithdraw(write))
                throw;
            throw Unknown();
        }
    }

    private static RefusalException Unknown() =>
        new(RefusalCodes.OutcomeUnknown, "The store did not say in time whether the write took effect. Repeat it with the same request id.");

    private TimeSpan Patience(DateTimeOffset deadline)
    {
        var left = deadline - _context.Clock.GetUtcNow();
        return left < _options.CallTimeoutMax ? left : _options.CallTimeoutMax;
    }

    /// <returns>Whether the caller is to start the commit loop.</returns>
    private bool Enqueue(PendingWrite write)
    {
        lock (_queueLock)
        {
            if (_disposed)
                throw Closed();
            if (_queuedBytes + write.Batch.SizeBytesMax > ShardLimits.WriteQueueSizeBytesMax)
                throw new RefusalException(RefusalCodes.Overloaded, $"Writes of {_queuedBytes} bytes wait for shard {Address} already.");
            _queuedBytes += write.Batch.SizeBytesMax;
            _queue.Enqueue(write);
            var start = !_committing;
            _committing = true;
            return start;
        }
    }

    private bool TryWithdraw(PendingWrite write)
    {
        lock (_queueLock)
        {
            var queued = write.IsQueued;
            write.IsQueued = false;
            return queued;
        }
    }

    private void FailQueued(Exception reason)
    {
        List<PendingWrite> failed = [];
        lock (_queueLock)
        {
            while (_queue.TryDequeue(out var write))
            {
                write.IsQueued = false;
                failed.Add(write);
            }

            _queuedBytes = 0;
        }

        foreach (var write in failed)
            write.Fail(reason);
    }

    private async Task CommitLoopAsync()
    {
        while (true)
        {
            await _writer.WaitAsync();
            try
            {
                // Taken with the writer's turn in hand: what came while the last append was under way leaves together.
                var group = TakeGroup();
                if (group.Count == 0)
                    return;
                await CommitAsync(group);
            }
            finally
            {
                _writer.Release();
            }
        }
    }

    /// <summary>What has gathered and fits into one append; when there is nothing, the loop has ended.</summary>
    private List<PendingWrite> TakeGroup()
    {
        var group = new List<PendingWrite>();
        long bytes = 0;
        lock (_queueLock)
        {
            while (_queue.TryPeek(out var write) && bytes + write.Batch.SizeBytesMax + LogLimits.FrameOverheadBytes <= BlobLimits.AppendSizeBytesMax)
            {
                _queue.Dequeue();
                _queuedBytes -= write.Batch.SizeBytesMax;
                if (!write.IsQueued)
                    continue; // withdrawn
                write.IsQueued = false;
                bytes += write.Batch.SizeBytesMax + LogLimits.FrameOverheadBytes;
                group.Add(write);
            }

            _committing = group.Count > 0;
        }

        return group;
    }

    /// <summary>Answers every write of the group, whatever happens.</summary>
    private async Task CommitAsync(List<PendingWrite> group)
    {
        try
        {
            ThrowIfUnusable();
            await CommitGroupAsync(group);
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            Fail(group, Closed());
        }
        catch (Exception problem)
        {
            Fail(group, IsBreach(problem) ? Break(problem) : problem is BlobStoreException ? Refusal(Address, problem) : problem);
        }

        if (!_closing.IsCancellationRequested)
        {
            _growing.Linker.Start();
            CheckpointIfDue();
        }
    }

    private async Task CommitGroupAsync(List<PendingWrite> group)
    {
        var deadline = group.Max(w => w.Deadline);
        await AcquireAsync(deadline);
        while (true)
        {
            ApplyLateFrames();
            var decided = Decide(group);
            if (decided.Count == 0)
                return;
            var beganAt = _context.Clock.GetTimestamp();
            var outcome = await _log.AppendAsync([.. decided.Select(d => d.Frame)], deadline, _closing.Token);
            switch (outcome)
            {
                case AppendOutcome.Durable:
                    _ownership.Prove(beganAt);
                    ApplyDecided(decided);
                    return;
                case AppendOutcome.Outdated:
                    continue; // an earlier write of unknown outcome is durable after all: everything may have to be decided differently
                case AppendOutcome.Fenced:
                    throw new RefusalException(RefusalCodes.Fenced, $"Shard {Address} has another owner now.");
                case AppendOutcome.Unavailable:
                    throw new RefusalException(RefusalCodes.StorageUnavailable, $"The store of shard {Address} did not take the write in time.");
                default:
                    throw Unknown();
            }
        }
    }

    private async Task AcquireAsync(DateTimeOffset deadline)
    {
        if (_log.IsOwner)
            return;
        foreach (var frame in await _log.AcquireAsync(deadline, _closing.Token))
            ApplyKnown(frame);
        PublishSequence();
        BeginCollection();
    }

    /// <summary>Applies what was answered as unknown and turned out durable.</summary>
    private void ApplyLateFrames()
    {
        var late = _log.TakeLateFrames();
        foreach (var frame in late)
            ApplyKnown(frame);
        if (late.Count > 0)
            PublishSequence();
    }

    /// <summary>Durable frames that cannot be applied leave memory behind the log: nothing is served from it any more.</summary>
    private void ApplyKnown(LogFrame frame)
    {
        try
        {
            Apply(frame);
        }
        catch (Exception problem)
        {
            throw Break(problem);
        }
    }

    private List<DecidedWrite> Decide(List<PendingWrite> group)
    {
        var decisions = new BatchDecisions(StoredVersion, _sequence + 1);
        Debug.Assert(_log.LastSequence == _sequence, "Everything durable has been applied.");
        var decided = new List<DecidedWrite>(group.Count);
        var requests = new Dictionary<UInt128, PendingWrite>();
        var now = _context.Clock.GetUtcNow();
        foreach (var write in group)
        {
            write.Followers.Clear();
            if (write.Ended.IsCompleted || IsAnswered(write, requests, now))
                continue;
            var first = decisions.NextSequence;
            var outcomes = decisions.Decide(write.Batch);
            var payload = BatchCodec.Encode(write.Batch.Items, outcomes, now);
            var frame = new FrameDraft(first, (int)(decisions.NextSequence - first), write.Batch.Request, payload);
            decided.Add(new DecidedWrite(write, frame, new WriteOutcome(outcomes, decisions.NextSequence - 1)));
        }

        return decided;
    }

    /// <summary>Whether the request is known: answered before, or the same as one that is about to be.</summary>
    private bool IsAnswered(PendingWrite write, Dictionary<UInt128, PendingWrite> requests, DateTimeOffset now)
    {
        var request = write.Batch.Request;
        if (request == default)
            return false;
        try
        {
            if (_requests.Find(request, now.ToUnixTimeMilliseconds()) is { } answer)
            {
                write.Complete(answer.ToOutcome());
                return true;
            }

            if (requests.TryAdd(request.IdHash, write))
                return false;
            RequestTable.CheckBody(request, requests[request.IdHash].Batch.Request.BodyHash);
            requests[request.IdHash].Followers.Add(write);
        }
        catch (RefusalException reused)
        {
            write.Fail(reused);
        }

        return true;
    }

    private void ApplyDecided(List<DecidedWrite> decided)
    {
        try
        {
            foreach (var (_, frame, _) in decided)
                Apply(frame.FirstSequence, frame.ItemCount, frame.Request, frame.Payload.Span);
        }
        catch (Exception problem)
        {
            Break(problem);
            throw Unknown(); // it is durable and cannot be read from here: after reopening, the same request id finds its answer
        }

        PublishSequence();
        foreach (var (write, _, outcome) in decided)
            write.Complete(outcome);
    }

    private static void Fail(List<PendingWrite> group, Exception reason)
    {
        foreach (var write in group)
            write.Fail(reason);
    }

    /// <summary>Whether what is stored is not what was stored, so that nothing more may be built on it.</summary>
    private static bool IsBreach(Exception problem) => problem is BlobDamagedException or InvalidDataException or RefusalException { Code: RefusalCodes.StoreRolledBack };

    /// <summary>From now on every read and write is refused, until the shard is opened anew.</summary>
    private RefusalException Break(Exception problem)
    {
        var refusal = problem as RefusalException ?? (problem is BlobDamagedException or InvalidDataException
            ? Refusal(Address, problem)
            : new RefusalException(RefusalCodes.Loading, $"Shard {Address} must be opened anew: {problem.Message}"));
        _broken ??= refusal;
        TellBacklog();
        return refusal;
    }

    private sealed record DecidedWrite(PendingWrite Write, FrameDraft Frame, WriteOutcome Outcome);
}
