using System.Runtime.InteropServices;
using System.Text;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Logs;

namespace JadeVector.Engine.Shards;

// Reads by id and in order, and what must be known before any read.
public sealed partial class Shard
{
    private static readonly TimeSpan CatchUpPause = TimeSpan.FromMilliseconds(20);

    /// <summary>Returns when a read with that guarantee may begin.</summary>
    /// <param name="guarantee">How sure it must be that this object still speaks for the shard.</param>
    /// <param name="minSequence">The read must see this sequence number; 0 for any.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="RefusalException"><c>fenced</c>, <c>gone</c>, <c>storage_unavailable</c>, <c>deadline_exceeded</c>, <c>shard_damaged</c>, <c>loading</c>.</exception>
    public Task EnsureReadableAsync(ReadGuarantee guarantee, ulong minSequence, DateTimeOffset deadline, CancellationToken cancellation)
    {
        // The ordinary case waits for nothing and needs no timers.
        var proven = guarantee is ReadGuarantee.Eventual || (guarantee is ReadGuarantee.Bounded && _ownership.IsProven);
        return proven && IsUsable && VisibleSequence >= minSequence && deadline > _context.Clock.GetUtcNow()
            ? Task.CompletedTask
            : WaitReadableAsync(guarantee, minSequence, deadline, cancellation);
    }

    private async Task WaitReadableAsync(ReadGuarantee guarantee, ulong minSequence, DateTimeOffset deadline, CancellationToken cancellation)
    {
        ThrowIfUnusable();
        var patience = Patience(deadline);
        if (patience <= TimeSpan.Zero)
            throw Late();
        using var late = new CancellationTokenSource(patience, _context.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _closing.Token, cancellation);
        try
        {
            if (guarantee is not ReadGuarantee.Eventual)
                await _ownership.EnsureAsync(guarantee is ReadGuarantee.Strong, either.Token);
            while (Volatile.Read(ref _view) is { } view && view.Sequence < minSequence)
            {
                if (Patience(deadline) <= TimeSpan.Zero)
                    throw Late();
                await CatchUpAsync(either.Token);
                if (_view?.Sequence < minSequence)
                    await Task.Delay(CatchUpPause, _context.Clock, either.Token);
            }

            ThrowIfUnusable();
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw _closing.IsCancellationRequested ? Closed() : Late();
        }
        catch (Exception problem) when (problem is BlobStoreException || IsBreach(problem))
        {
            throw problem is BlobStoreException ? Refusal(Address, problem) : Break(problem);
        }
    }

    /// <summary>The vectors of those ids (UTF-8), in their order; null where there is none.</summary>
    public VectorRow?[] Get(IReadOnlyList<ReadOnlyMemory<byte>> ids, bool includeValues, bool includeMetadata)
    {
        var view = Enter();
        try
        {
            var rows = new VectorRow?[ids.Count];
            for (var i = 0; i < rows.Length; i++)
                rows[i] = Find(view, ids[i].Span, includeValues, includeMetadata);
            return rows;
        }
        finally
        {
            view.Set.Release();
        }
    }

    /// <summary>A page in order of version.</summary>
    /// <param name="afterCursor">From an earlier page; null starts at the oldest.</param>
    /// <param name="skip">Live vectors to pass over first.</param>
    /// <param name="limit">1 to <see cref="ShardLimits.PageSizeMax"/>.</param>
    /// <param name="includeValues">With values.</param>
    /// <param name="includeMetadata">With metadata and text.</param>
    public VectorRowPage List(ulong? afterCursor, long skip, int limit, bool includeValues, bool includeMetadata)
    {
        if (limit is < 1 or > ShardLimits.PageSizeMax)
            throw new RefusalException(RefusalCodes.LimitExceeded, $"limit: 1 to {ShardLimits.PageSizeMax}, not {limit}.");
        if (skip < 0)
            throw new RefusalException(RefusalCodes.InvalidArgument, $"offset: 0 or more, not {skip}.");
        var view = Enter();
        try
        {
            var rows = new List<VectorRow>();
            foreach (var part in view.Set.Parts)
            {
                var visible = part.VisibleAt(view.Sequence);
                var count = part.Count;
                for (var row = FirstAfter(part, count, afterCursor ?? 0); row < count; row++)
                {
                    if (!visible.Includes(row) || skip-- > 0)
                        continue;
                    // One more than asked for: the page knows whether there is a next one.
                    if (rows.Count == limit)
                        return new VectorRowPage(rows, rows[^1].Version, view.LiveCount);
                    rows.Add(Copy(part, row, includeValues, includeMetadata));
                    skip = 0;
                }
            }

            return new VectorRowPage(rows, null, view.LiveCount);
        }
        finally
        {
            view.Set.Release();
        }
    }

    private static RefusalException Late() => new(RefusalCodes.DeadlineExceeded, "The deadline passed before the read could begin.");

    private static VectorRow? Find(ShardView view, ReadOnlySpan<byte> id, bool includeValues, bool includeMetadata)
    {
        var hash = ShardRanges.HashOf(id);
        for (var i = view.Set.Parts.Length - 1; i >= 0; i--)
        {
            if (view.Set.Parts[i].FindVisible(hash, id, view.Sequence) is >= 0 and var row)
                return Copy(view.Set.Parts[i], row, includeValues, includeMetadata);
        }

        return null;
    }

    private static VectorRow Copy(Part part, int row, bool includeValues, bool includeMetadata) => new()
    {
        Id = part.Id(row).ToArray(),
        Version = part.Versions[row],
        Values = includeValues ? MemoryMarshal.AsBytes(part.GivenRow(row)).ToArray() : null,
        Metadata = includeMetadata && part.Places[row].MetadataLength >= 0 ? part.Metadata(row).ToArray() : null,
        Text = includeMetadata && part.Places[row].TextLength >= 0 ? Encoding.UTF8.GetString(part.Text(row)) : null,
    };

    /// <summary>The first row with a later version.</summary>
    private static int FirstAfter(Part part, int count, ulong version)
    {
        int low = 0, high = count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (part.Versions[middle] <= version)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>Asks the store whether this object still speaks for the shard, after reading what an owner has written since it was opened.</summary>
    private async Task VerifyAsync()
    {
        if (!_log.IsOwner)
            await CatchUpAsync(_closing.Token);
        var deadline = _context.Clock.GetUtcNow() + _options.Log.OperationTimeout;
        var landed = await _log.VerifyOwnershipAsync(deadline, _closing.Token);
        if (landed > VisibleSequence)
            await ShowAsync(landed, deadline);
    }

    /// <summary>
    /// Waits for a write of this owner that is in the log and whose answer is late. A copy that follows the log may have shown it to somebody already,
    /// and a strong read after that must see it too.
    /// </summary>
    private async Task ShowAsync(ulong landed, DateTimeOffset deadline)
    {
        if (!await _writer.TryEnterAsync(_context.Clock, deadline, _closing.Token))
            throw new RefusalException(RefusalCodes.StorageUnavailable, $"A write to shard {Address} is in the log, and its answer does not come.");
        try
        {
            ThrowIfUnusable();
            if (landed > VisibleSequence && await _log.ResolvePendingAsync(deadline, _closing.Token) is AppendOutcome.Unavailable)
                throw new RefusalException(RefusalCodes.StorageUnavailable, $"What became of a write to shard {Address} could not be found out in time.");
            ApplyLateFrames();
            ThrowIfUnusable();
        }
        finally
        {
            _writer.Release();
        }
    }

    /// <summary>Reads on in the log of a shard that this object does not own; an owner knows it all.</summary>
    private async Task CatchUpAsync(CancellationToken cancellation)
    {
        await _writer.WaitAsync(cancellation);
        try
        {
            ThrowIfUnusable();
            if (!_log.IsOwner && !_log.IsFenced)
                await ReplayAsync(cancellation);
        }
        finally
        {
            _writer.Release();
        }
    }
}
