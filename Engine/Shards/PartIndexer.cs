using JadeVector.Engine.Determinism;

namespace JadeVector.Engine.Shards;

/// <summary>Indexes the metadata of the published rows of one growing part, in the background: a block at a time, one lane. Writers never wait for it.</summary>
internal sealed class PartIndexer(GrowingPart part, EngineContext context)
{
    private static readonly TimeSpan OverloadPause = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;
    private bool _runs;
    private Exception? _failure;

    /// <summary>Why indexing has ended early, if it has: the rows beyond are tested one by one for good.</summary>
    public Exception? Failure
    {
        get
        {
            lock (_lock)
                return _failure;
        }
    }

    /// <summary>Begins with rows that have been published since; returns at once.</summary>
    public void Start()
    {
        if (!TryStart())
            return;
        part.Retain();
        var loop = IndexAsync();
        lock (_lock)
            _loop = loop;
    }

    /// <summary>Returns when nothing is being indexed any more.</summary>
    public async Task StopAsync() => await Task.WhenAll(Stop());

    /// <summary>No block begins any more.</summary>
    public void GiveUp() => _stopping.Cancel();

    private Task[] Stop()
    {
        _stopping.Cancel();
        lock (_lock)
            return [_loop];
    }

    private bool TryStart()
    {
        lock (_lock)
        {
            if (_runs || _failure is not null || _stopping.IsCancellationRequested || !part.Indexes.IsDue)
                return false;
            return _runs = true;
        }
    }

    private async Task IndexAsync()
    {
        try
        {
            do
            {
                while (part.Indexes.IsDue && !_stopping.IsCancellationRequested)
                    await ExtendAsync();
            }
            while (!TryEnd());
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Stopped: nothing starts any more.
        }
        catch (Exception failure)
        {
            lock (_lock)
                _failure = failure;
        }
        finally
        {
            part.Release();
        }
    }

    /// <summary>False: rows have been published meanwhile, and whoever did has not started another loop because of this one.</summary>
    private bool TryEnd()
    {
        lock (_lock)
        {
            if (part.Indexes.IsDue && !_stopping.IsCancellationRequested)
                return false;
            _runs = false;
            return true;
        }
    }

    private async Task ExtendAsync()
    {
        try
        {
            await context.Work.RunAsync(WorkKind.Background, Extend, _stopping.Token);
        }
        catch (OverloadedException)
        {
            await Task.Delay(OverloadPause, context.Clock, _stopping.Token);
        }
    }

    private int Extend()
    {
        part.Indexes.Extend();
        return part.Indexes.RowCount;
    }
}
