using System.Runtime.InteropServices;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Logs;
using JadeVector.Engine.Manifests;

namespace JadeVector.Engine.Shards;

// A compaction, one at a time, beside writes, reads and checkpoints:
//   1 choose    neighbouring segments (CompactionPolicy.cs). What the manifest covers is noted.
//   2 build     rows that were not dead at the covered number are copied into a part, linked into a fresh graph, written as a segment, read
//               back and mapped: low-priority work in slices. Checkpoints may come and go meanwhile; they leave these segments in place.
//   3 install   checkpoints wait: the deletes up to the covered number are stored, then the manifest is swapped.
//   4 replace   writers wait: all deletes, later ones too, are carried over, and the new segment takes the place of the old ones.
// A row that was deleted after the covered number is kept and marked: its delete is in the log, and replay must find the row. Whether a row is
// kept never changes while the compaction lasts, because no delete up to the covered number is still to come: so the order of the kept rows
// alone says which row became which.
// If it fails, the old segments are still there, in memory and in the manifest, or the manifest names the new one, which has the same content:
// the next checkpoint settles it either way.
public sealed partial class Shard
{
    private const int CopySliceRows = 1024;

    private readonly AsyncGate _compacting = new();
    private long _compactionCount;
    private int _compactionStarted;
    private long _compactionNotBefore; // UTC ticks
    private volatile BuildUnderWay? _compaction;

    private delegate CompactionRun? ChooseRun(ReadOnlySpan<SegmentSize> segments, long sizeBytesMax);

    /// <summary>Makes a checkpoint, then as few segments as their size allows, without deleted rows. Readers and writers go on meanwhile. Takes ownership.</summary>
    /// <exception cref="RefusalException"><c>fenced</c>, <c>gone</c>, <c>storage_unavailable</c>, <c>shard_damaged</c>, <c>loading</c>, <c>conflict</c> (ask again): nothing is lost.</exception>
    public async Task CompactAsync(CancellationToken cancellation)
    {
        await CheckpointAsync(cancellation);
        await ReportAsync(token => CompactAllAsync(CompactionPolicy.ChooseAll, token), cancellation);
    }

    /// <summary>Called after each checkpoint.</summary>
    private void CompactIfDue()
    {
        if (MustReopen || _closing.IsCancellationRequested || _context.Clock.GetUtcNow().UtcTicks < Volatile.Read(ref _compactionNotBefore)
            || Interlocked.Exchange(ref _compactionStarted, 1) == 1)
        {
            return;
        }

        Track(CompactInBackgroundAsync());
    }

    private async Task CompactInBackgroundAsync()
    {
        try
        {
            await ReportAsync(token => CompactAllAsync(CompactionPolicy.Choose, token), _closing.Token);
        }
        catch (Exception problem)
        {
            _lastError = problem; // in Stats; after the pause the next checkpoint tries again
            Volatile.Write(ref _compactionNotBefore, (_context.Clock.GetUtcNow() + _options.CheckpointRetryDelay).UtcTicks);
        }
        finally
        {
            Volatile.Write(ref _compactionStarted, 0);
        }
    }

    private async Task CompactAllAsync(ChooseRun choose, CancellationToken cancellation)
    {
        await _compacting.WaitAsync(cancellation);
        try
        {
            while (await ChooseAsync(choose, cancellation) is { } plan)
            {
                try
                {
                    await CompactAsync(plan, cancellation);
                }
                finally
                {
                    plan.Release();
                }
            }
        }
        finally
        {
            _compacting.Release();
        }
    }

    /// <summary>Chooses and holds segments; null when there is nothing to do, or when this object does not own the shard.</summary>
    private async Task<CompactionPlan?> ChooseAsync(ChooseRun choose, CancellationToken cancellation)
    {
        await _checkpointing.WaitAsync(cancellation);
        try
        {
            ThrowIfUnusable();
            if (!_log.IsOwner)
                return null;
            var sizes = _segments.Select(s => new SegmentSize(s.Part.MappedBytes, s.Part.Count, s.StoredDeletes)).ToArray();
            if (choose(sizes, _options.CompactionSizeBytesMax) is not { } run)
                return null;
            var plan = new CompactionPlan([.. _segments.Skip(run.First).Take(run.Count)], _log.Manifest.CoveredSequence);
            plan.Retain();
            return plan;
        }
        finally
        {
            _checkpointing.Release();
        }
    }

    private async Task CompactAsync(CompactionPlan plan, CancellationToken cancellation)
    {
        var built = NewPart();
        using var givenUp = cancellation.UnsafeRegister(static linker => ((PartLinker)linker!).GiveUp(), built.Linker);
        try
        {
            var kept = await _context.Work.RunAsync(WorkKind.Background, () => CountKept(plan), cancellation);
            _compaction = new BuildUnderWay([built.Part], kept);
            await CopyLiveAsync(plan, built, cancellation);
            if (built.Part.Count > 0)
                built.Written = await WriteSegmentAsync(built, cancellation);
            await _checkpointing.WaitAsync(cancellation);
            try
            {
                ThrowIfUnusable();
                await InstallAsync(plan, built.Written, cancellation);
                await ReplaceAsync(plan, built, CancellationToken.None);
            }
            finally
            {
                _checkpointing.Release();
            }
        }
        finally
        {
            _compaction = null;
            await built.Linker.StopAsync();
            built.Release();
        }

        Interlocked.Increment(ref _compactionCount);
    }

    private async Task CopyLiveAsync(CompactionPlan plan, LinkedPart built, CancellationToken cancellation)
    {
        foreach (var source in plan.Segments)
        {
            for (var first = 0; first < source.Part.Count; first += CopySliceRows)
            {
                var (from, end) = (first, Math.Min(first + CopySliceRows, source.Part.Count));
                await _context.Work.RunAsync(WorkKind.Background, () => CopyRows(source.Part, from, end, plan.CoveredSequence, built.Part), cancellation);
            }
        }

        // Only now: a graph learns its codes from the rows that are there when the first is linked. So it learns from all, and the same whenever the slices ran.
        built.Part.PublishRows();
        built.Linker.Start();
    }

    private static int CopyRows(Part source, int first, int end, ulong covered, GrowingPart target)
    {
        for (var row = first; row < end; row++)
        {
            if (!IsKept(source, row, covered))
                continue;
            ref readonly var place = ref source.Places[row];
            var values = MemoryMarshal.AsBytes(source.GivenRow(row));
            target.Append(values, source.Heap(place.Offset, place.HeapLength), place, ShardRanges.HashOf(source.Id(row)), source.Versions[row]);
        }

        return end;
    }

    private static long CountKept(CompactionPlan plan)
    {
        long kept = 0;
        foreach (var source in plan.Segments.Select(s => s.Part))
        {
            for (var row = 0; row < source.Count; row++)
                kept += IsKept(source, row, plan.CoveredSequence) ? 1 : 0;
        }

        return kept;
    }

    private static bool IsKept(Part source, int row, ulong covered)
    {
        var deletedAt = Volatile.Read(ref source.Deletes[row]);
        return deletedAt == 0 || deletedAt > covered;
    }

    private async Task InstallAsync(CompactionPlan plan, StoredSegment? written, CancellationToken cancellation)
    {
        var covered = _log.Manifest.CoveredSequence;
        if (written is not null)
        {
            await _context.Work.RunAsync(WorkKind.Background, () => CarryDeletes(plan, written.Part), cancellation);
            await StoreDeletesAsync(written, written.Part, covered, cancellation);
        }

        var edit = new CompactionEdit(plan.Segments.Select(s => s.Part.Name).ToHashSet(), written is null ? null : EntryOf(written), covered);
        await _log.InstallCompactionAsync(edit, CheckpointDeadline(), cancellation);
    }

    private static int CarryDeletes(CompactionPlan plan, Part target)
    {
        var next = 0;
        foreach (var source in plan.Segments.Select(s => s.Part))
        {
            for (var row = 0; row < source.Count; row++)
            {
                if (!IsKept(source, row, plan.CoveredSequence))
                    continue;
                if (Volatile.Read(ref source.Deletes[row]) is > 0 and var deletedAt && target.Deletes[next] == 0)
                    target.MarkDeleted(next, deletedAt);
                next++;
            }
        }

        System.Diagnostics.Debug.Assert(next == target.Count, "The rows that are kept are those that were copied.");
        return next;
    }

    private async Task ReplaceAsync(CompactionPlan plan, LinkedPart built, CancellationToken cancellation)
    {
        await _writer.WaitAsync(cancellation);
        try
        {
            var place = _segments.IndexOf(plan.Segments[0]);
            _segments.RemoveRange(place, plan.Segments.Length);
            if (built.Written is not null)
            {
                CarryDeletes(plan, built.Written.Part);
                _segments.Insert(place, built.TakeWritten());
            }

            PublishParts();
            foreach (var segment in plan.Segments)
                segment.Release();
        }
        finally
        {
            _writer.Release();
        }
    }

    /// <param name="Segments">To be replaced; held until released.</param>
    /// <param name="CoveredSequence">Rows deleted up to it are left out.</param>
    private sealed record CompactionPlan(StoredSegment[] Segments, ulong CoveredSequence)
    {
        public void Retain() => Array.ForEach(Segments, s => s.Part.Retain());

        public void Release() => Array.ForEach(Segments, s => s.Part.Release());
    }
}
