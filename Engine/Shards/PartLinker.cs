using JadeVector.Engine.Determinism;
using JadeVector.Engine.Hnsw;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Shards;

/// <summary>
/// Links the published rows of one growing part into its graph, in the background: slices of rows in ascending order, on as many lanes as
/// the scheduler names. Between two slices the lane is free for others. Writers never wait for it. Their metadata is indexed beside it.
/// </summary>
/// <param name="onLinked">Told after each slice, and when linking has failed; from any thread.</param>
internal sealed class PartLinker(GrowingPart part, EngineContext context, ScratchPool<HnswScratch> scratches, int sliceRows, Action? onLinked = null)
{
    private static readonly TimeSpan OverloadPause = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly PartIndexer _indexer = new(part, context);
    private readonly List<(int Count, TaskCompletionSource Linked)> _waiting = [];
    private readonly List<Task> _loops = [];
    private int _next;
    private int _active;
    private Exception? _failure;

    /// <summary>Why linking or indexing has ended early, if it has: the rows beyond are scanned exactly, and their metadata tested one by one, for good.</summary>
    public Exception? Failure
    {
        get
        {
            lock (_lock)
                return _failure ?? _indexer.Failure;
        }
    }

    /// <summary>Begins with rows that have been published since; returns at once.</summary>
    public void Start()
    {
        _indexer.Start();
        if (part.Graph is not { } graph)
            return;
        while (TryStart())
        {
            part.Retain();
            var loop = LinkAsync(graph);
            lock (_lock)
            {
                _loops.RemoveAll(l => l.IsCompleted);
                _loops.Add(loop);
            }
        }
    }

    /// <summary>Returns when all rows published so far are linked.</summary>
    public Task WhenLinkedAsync(CancellationToken cancellation)
    {
        lock (_lock)
        {
            var count = part.PublishedCount;
            if (part.Graph is null || part.Graph.Count >= count)
                return Task.CompletedTask;
            if (_failure is not null)
                return Task.FromException(new InvalidOperationException("Linking has failed.", _failure));
            var linked = new TaskCompletionSource();
            _waiting.Add((count, linked));
            return linked.Task.WaitAsync(cancellation);
        }
    }

    /// <summary>Returns when nothing is being linked any more.</summary>
    public async Task StopAsync()
    {
        await Task.WhenAll(Stop());
        await _indexer.StopAsync();
        EndWaiting(new OperationCanceledException("The shard was closed."));
    }

    /// <summary>No slice begins any more; those that run end.</summary>
    public void GiveUp()
    {
        _stopping.Cancel();
        _indexer.GiveUp();
    }

    private Task[] Stop()
    {
        _stopping.Cancel();
        lock (_lock)
            return [.. _loops];
    }

    private bool TryStart()
    {
        lock (_lock)
        {
            if (_failure is not null || _stopping.IsCancellationRequested || _active >= Math.Max(1, context.Work.BackgroundParallelism) || _next >= part.PublishedCount)
                return false;
            _active++;
            return true;
        }
    }

    private async Task LinkAsync(HnswGraph graph)
    {
        try
        {
            while (TryClaim(out var first, out var count))
            {
                await RunAsync(() => LinkSlice(graph, first, count));
                EndWaiting(graph.Count);
                onLinked?.Invoke();
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            EndLane();
        }
        catch (Exception failure)
        {
            lock (_lock)
                _failure ??= failure;
            part.LinkingFailed = true;
            EndWaiting(failure);
            onLinked?.Invoke();
        }
        finally
        {
            part.Release();
        }
    }

    private int LinkSlice(HnswGraph graph, int first, int count)
    {
        var scratch = scratches.Rent();
        for (var row = first; row < first + count; row++)
            graph.Insert(row, scratch);
        // Not returned when an insertion throws: what it holds is then of no known state.
        scratches.Return(scratch);
        return count;
    }

    private async Task RunAsync(Func<int> work)
    {
        while (true)
        {
            try
            {
                await context.Work.RunAsync(WorkKind.Background, work, _stopping.Token);
                return;
            }
            catch (OverloadedException)
            {
                await Task.Delay(OverloadPause, context.Clock, _stopping.Token);
            }
        }
    }

    private bool TryClaim(out int first, out int count)
    {
        lock (_lock)
        {
            first = _next;
            count = _stopping.IsCancellationRequested || _failure is not null ? 0 : Math.Min(sliceRows, part.PublishedCount - first);
            _next += Math.Max(0, count);
            if (count <= 0)
                _active--;
            return count > 0;
        }
    }

    private void EndLane()
    {
        lock (_lock)
            _active--;
    }

    private void EndWaiting(int linkedCount)
    {
        TaskCompletionSource[] ended;
        lock (_lock)
        {
            ended = [.. _waiting.Where(w => w.Count <= linkedCount).Select(w => w.Linked)];
            _waiting.RemoveAll(w => w.Count <= linkedCount);
        }

        foreach (var linked in ended)
            linked.SetResult();
    }

    private void EndWaiting(Exception failure)
    {
        (int Count, TaskCompletionSource Linked)[] ended;
        lock (_lock)
        {
            ended = [.. _waiting];
            _waiting.Clear();
        }

        foreach (var (_, linked) in ended)
            linked.SetException(failure);
    }
}
