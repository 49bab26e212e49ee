using JadeVector.Engine.Logs;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Segments;

namespace JadeVector.Engine.Shards;

// A checkpoint, one at a time:
//   1 seal      writers wait: the log is rolled over, the growing part is sealed and a new one begins. What is covered is now fixed.
//   2 write     sealed parts are linked to the end, written as segments, read back (verified) and mapped. Writers go on; rows of sealed
//               parts and of segments may be deleted meanwhile, with sequence numbers after the covered ones.
//   3 install   the deletes up to the covered number and the request ids are stored, then the manifest is swapped.
//   4 replace   writers wait: all deletes, later ones too, are carried over to the mapped parts, and these take the place of the sealed ones.
// If it fails, nothing is lost: the log still has everything, or, if the swap took effect unnoticed, the manifest names segments that are
// kept and named again next time. A part that was written is not written twice.
public sealed partial class Shard
{
    private long _checkpointCount;
    private int _checkpointStarted;
    private long _checkpointNotBefore; // UTC ticks
    private volatile BuildUnderWay? _checkpoint;

    /// <summary>Turns everything written so far into segments; returns when they are installed. Readers and writers go on meanwhile. Takes ownership.</summary>
    /// <exception cref="RefusalException"><c>fenced</c>, <c>gone</c>, <c>storage_unavailable</c>, <c>shard_damaged</c>, <c>loading</c>: nothing is lost, the log has it.</exception>
    public async Task CheckpointAsync(CancellationToken cancellation)
    {
        await ReportAsync(
            async token =>
            {
                await _checkpointing.WaitAsync(token);
                try
                {
                    ThrowIfUnusable();
                    await CheckpointCoreAsync(token);
                }
                finally
                {
                    _checkpointing.Release();
                }
            },
            cancellation);
        CompactIfDue();
    }

    /// <summary>Runs a step of upkeep; how it ended is in <see cref="Stats"/>.</summary>
    private async Task ReportAsync(Func<CancellationToken, Task> upkeep, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token, cancellation);
        try
        {
            await upkeep(either.Token);
            _lastError = null;
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw Closed();
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            var reported = problem is Blobs.BlobDamagedException or Blobs.BlobStoreException or InvalidDataException ? Refusal(Address, problem) : problem;
            _lastError = reported;
            if (reported is RefusalException { Code: RefusalCodes.StoreRolledBack })
                Break(reported);
            if (ReferenceEquals(reported, problem))
                throw;
            throw reported;
        }
    }

    /// <summary>Returns when every row written so far is linked into a graph.</summary>
    public async Task WhenLinkedAsync(CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token, cancellation);
        LinkedPart[] parts;
        await _writer.WaitAsync(either.Token);
        try
        {
            ThrowIfUnusable();
            parts = [.. _sealed, _growing];
        }
        finally
        {
            _writer.Release();
        }

        foreach (var part in parts)
            await part.Linker.WhenLinkedAsync(either.Token);
    }

    /// <summary>Called with the writer's turn in hand: sealing waits until the writes of this turn are answered.</summary>
    private void CheckpointIfDue()
    {
        // Space of deleted rows comes back by compaction, and that drops only what a checkpoint covers.
        var due = _growing.Part.NativeBytes >= _options.CheckpointSizeBytes || _log.UncoveredSizeBytes >= _options.CheckpointLogSizeBytes
            || _log.UncoveredFrames >= (ulong)_options.CheckpointLogFrames
            || _segments.Exists(s => s.Part.DeletedCount - s.StoredDeletes >= Math.Max(_options.CheckpointDeletedRows, CompactionPolicy.DeadShareMax * s.Part.Count));
        if (!due || MustReopen || _context.Clock.GetUtcNow().UtcTicks < Volatile.Read(ref _checkpointNotBefore) || Interlocked.Exchange(ref _checkpointStarted, 1) == 1)
            return;
        Track(CheckpointInBackgroundAsync());
    }

    private async Task CheckpointInBackgroundAsync()
    {
        try
        {
            await CheckpointAsync(_closing.Token);
        }
        catch (Exception problem)
        {
            _lastError = problem; // in Stats; the next write after the pause tries again
            Volatile.Write(ref _checkpointNotBefore, (_context.Clock.GetUtcNow() + _options.CheckpointRetryDelay).UtcTicks);
        }
        finally
        {
            Volatile.Write(ref _checkpointStarted, 0);
        }
    }

    private async Task CheckpointCoreAsync(CancellationToken cancellation)
    {
        if (await SealAsync(cancellation) is not { } plan)
            return;
        _checkpoint = new BuildUnderWay([.. plan.Parts.Select(p => p.Part)], plan.Parts.Sum(p => (long)p.Part.Count));
        try
        {
            foreach (var part in plan.Parts)
                part.Written ??= await WriteSegmentAsync(part, cancellation);
            var edit = await StoreEditAsync(plan, cancellation);
            await _log.InstallCheckpointAsync(edit, CheckpointDeadline(), cancellation);
            await ReplaceAsync(plan, CancellationToken.None);
        }
        finally
        {
            _checkpoint = null;
        }

        Interlocked.Increment(ref _checkpointCount);
    }

    private DateTimeOffset CheckpointDeadline() => _context.Clock.GetUtcNow() + _options.CheckpointTimeout;

    /// <returns>Null when there is nothing that is not in segments already.</returns>
    private async Task<CheckpointPlan?> SealAsync(CancellationToken cancellation)
    {
        await _writer.WaitAsync(cancellation);
        try
        {
            ThrowIfUnusable();
            var deadline = CheckpointDeadline();
            await AcquireAsync(deadline);
            var boundary = await RollAsync(deadline, cancellation);
            if (_framesUncovered == 0 && _sealed.Count == 0)
                return null;
            if (_growing.Part.Count > 0)
            {
                _sealed.Add(_growing);
                _growing = NewPart();
                PublishParts();
            }

            return new CheckpointPlan(boundary, [.. _sealed], [.. _segments], _requests.Save(), _framesUncovered, _context.Clock.GetUtcNow().ToUnixTimeMilliseconds());
        }
        finally
        {
            _writer.Release();
        }
    }

    private async Task<LogBoundary> RollAsync(DateTimeOffset deadline, CancellationToken cancellation)
    {
        while (true)
        {
            var (outcome, boundary) = await _log.RollAsync(deadline, cancellation);
            ApplyLateFrames();
            switch (outcome)
            {
                case AppendOutcome.Durable when boundary?.LastSequence == _sequence:
                    return boundary;
                case AppendOutcome.Outdated:
                    continue;
                case AppendOutcome.Fenced:
                    throw new RefusalException(RefusalCodes.Fenced, $"Shard {Address} has another owner now.");
                case AppendOutcome.Unavailable or AppendOutcome.OutcomeUnknown:
                    throw new RefusalException(RefusalCodes.StorageUnavailable, $"The log of shard {Address} could not be rolled over in time.");
                default:
                    throw new InvalidOperationException($"The log was rolled over at sequence {boundary?.LastSequence}, {_sequence} has been applied.");
            }
        }
    }

    private async Task<StoredSegment> WriteSegmentAsync(LinkedPart part, CancellationToken cancellation)
    {
        part.Linker.Start();
        await part.Linker.WhenLinkedAsync(cancellation);
        var name = FreshName();
        await SegmentWriter.WriteAsync(_context, part.Part, Address.Blob(ShardBlobs.RowsOf(name)), cancellation);
        return await OpenSegmentAsync(name, home: null, cancellation);
    }

    private string FreshName() => LogNames.Create(_log.Manifest.Epoch, _context.Ids.NewGuid());

    private async Task<CheckpointEdit> StoreEditAsync(CheckpointPlan plan, CancellationToken cancellation)
    {
        var covered = plan.Boundary.LastSequence;
        foreach (var segment in plan.Segments)
            await StoreDeletesAsync(segment, segment.Part, covered, cancellation);
        foreach (var part in plan.Parts)
            await StoreDeletesAsync(part.Written!, part.Part, covered, cancellation);
        var requests = ShardBlobs.Requests(FreshName());
        await CheckedBlob.WriteAsync(_context.Blobs, Address.Blob(requests), CheckedBlob.Wrap(CheckedBlob.RequestsMagic, plan.Requests), cancellation);
        var segments = plan.Segments.Concat(plan.Parts.Select(p => p.Written!));
        return new CheckpointEdit([.. segments.Select(EntryOf)], requests, plan.Boundary, plan.SealedAtMs);
    }

    private static SegmentEntry EntryOf(StoredSegment segment) =>
        new(segment.Part.Name, segment.Part.FirstSequence, segment.Part.LastSequence, segment.Part.Count, segment.DeletesBlob, segment.Home);

    /// <summary>Stores the deletes of a segment up to the covered sequence number, if there are more than are stored.</summary>
    /// <param name="segment">Whose rows.</param>
    /// <param name="marked">Where they are marked: the segment, or the sealed part that it will replace.</param>
    /// <param name="covered">Later ones are in the log.</param>
    /// <param name="cancellation">Ends the storing.</param>
    private async Task StoreDeletesAsync(StoredSegment segment, Part marked, ulong covered, CancellationToken cancellation)
    {
        if (marked.DeletedCount == segment.StoredDeletes)
            return;
        var deletes = await _context.Work.RunAsync(Determinism.WorkKind.Background, () => DeletedRows.Save(marked, covered), cancellation);
        var count = deletes.Length / DeletedRows.EntryBytes;
        if (count == segment.StoredDeletes)
            return;
        var name = ShardBlobs.DeletesOf(segment.Part.Name, FreshName());
        await CheckedBlob.WriteAsync(_context.Blobs, Address.Blob(name), CheckedBlob.Wrap(CheckedBlob.DeletesMagic, deletes), cancellation);
        segment.DeletesBlob = name;
        segment.StoredDeletes = count;
    }

    private async Task ReplaceAsync(CheckpointPlan plan, CancellationToken cancellation)
    {
        await _writer.WaitAsync(cancellation);
        try
        {
            foreach (var part in plan.Parts)
            {
                var written = part.TakeWritten();
                DeletedRows.Copy(part.Part, written.Part);
                _segments.Add(written);
                _sealed.Remove(part);
            }

            _framesUncovered -= plan.FramesCovered;
            PublishParts();
            foreach (var part in plan.Parts)
                part.Release();
        }
        finally
        {
            _writer.Release();
        }
    }

    private sealed record CheckpointPlan(LogBoundary Boundary, LinkedPart[] Parts, StoredSegment[] Segments, byte[] Requests, long FramesCovered, long SealedAtMs);
}
