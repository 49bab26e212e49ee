using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Segments;

namespace JadeVector.Engine.Shards;

// Damage that nobody happens to read is found while there is still something to repair it from: every so often everything stored is read
// again, slowly.
public sealed partial class Shard
{
    private const int ScrubSliceBlocks = 256; // one MiB
    private static readonly TimeSpan ScrubPause = TimeSpan.FromMilliseconds(50);

    private long _scrubCount;

    /// <summary>Reads and checks every stored byte of the shard once, at low priority; what is damaged shows in <see cref="Stats"/> and is refused from then on.</summary>
    /// <exception cref="BlobDamagedException">The first damage found; what is behind it in the list of blobs has been checked too.</exception>
    /// <exception cref="RefusalException"><c>fenced</c>, <c>gone</c>, <c>storage_unavailable</c>, <c>loading</c>.</exception>
    public async Task ScrubAsync(CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token, cancellation);
        var parts = RetainSegments();
        try
        {
            foreach (var part in parts)
                await ScrubAsync(part, either.Token);
        }
        finally
        {
            parts.ForEach(p => p.Release());
        }

        await _log.CheckStoredAsync(either.Token);
        Interlocked.Increment(ref _scrubCount);
        var view = Enter();
        try
        {
            if (DamageOf(view.Set.Parts) is { } damage)
                throw damage;
        }
        finally
        {
            view.Set.Release();
        }
    }

    private void BeginScrubbing()
    {
        if (_options.ScrubInterval > TimeSpan.Zero)
            Watch(ScrubAgainAndAgainAsync());
    }

    private async Task ScrubAgainAndAgainAsync()
    {
        while (!MustReopen)
        {
            try
            {
                await Task.Delay(_options.ScrubInterval, _context.Clock, _closing.Token);
                await ScrubAsync(_closing.Token);
            }
            catch (OperationCanceledException) when (_closing.IsCancellationRequested)
            {
                return;
            }
            catch (Exception problem) when (problem is RefusalException or BlobStoreException or BlobDamagedException or OverloadedException)
            {
                _lastError = problem;
            }
        }
    }

    private async Task ScrubAsync(SegmentPart part, CancellationToken cancellation)
    {
        var buffer = new byte[SegmentHeader.BlockBytes];
        for (var first = 0; await _context.Work.RunAsync(WorkKind.Background, () => ScrubSlice(part, first, buffer), cancellation); first += ScrubSliceBlocks)
            await Task.Delay(ScrubPause, _context.Clock, cancellation);
    }

    /// <returns>Whether there is more.</returns>
    private static bool ScrubSlice(SegmentPart part, int first, byte[] buffer)
    {
        for (var block = first; block < first + ScrubSliceBlocks; block++)
        {
            if (!part.Scrub(block, buffer))
                return false;
        }

        return true;
    }

    private List<SegmentPart> RetainSegments()
    {
        var view = Enter();
        try
        {
            var parts = view.Set.Parts.OfType<SegmentPart>().ToList();
            parts.ForEach(p => p.Retain());
            return parts;
        }
        finally
        {
            view.Set.Release();
        }
    }
}
