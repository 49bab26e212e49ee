namespace JadeVector.Engine.Logs;

/// <summary>One at a time, first come first served; waiting ends at a deadline of the injected clock. Uses no threads: whoever leaves wakes the next.</summary>
internal sealed class AsyncGate
{
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private bool _held;

    /// <summary>Returns when the turn has come. Then call <see cref="Release"/> once.</summary>
    public async Task WaitAsync(CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        if (TryEnter() is not { } waiter)
        {
            return;
        }

        try
        {
            await waiter.Task.WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            GiveUp(waiter);
            throw;
        }
    }

    /// <returns>False when the deadline passed first. After true, call <see cref="Release"/> once.</returns>
    public async Task<bool> TryEnterAsync(TimeProvider clock, DateTimeOffset deadline, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (TryEnter() is not { } waiter)
        {
            return true;
        }

        var patience = deadline - clock.GetUtcNow();
        try
        {
            await waiter.Task.WaitAsync(patience > TimeSpan.Zero ? patience : TimeSpan.Zero, clock, cancellation);
            return true;
        }
        catch (TimeoutException)
        {
            GiveUp(waiter);
            return false;
        }
        catch (OperationCanceledException)
        {
            GiveUp(waiter);
            throw;
        }
    }

    public void Release()
    {
        while (true)
        {
            TaskCompletionSource? next;
            lock (_lock)
            {
                if (!_waiting.TryDequeue(out next))
                {
                    _held = false;
                    return;
                }
            }

            // Outside of the lock: the next may run here and now.
            if (next.TrySetResult())
            {
                return;
            }
        }
    }

    /// <returns>Null when the turn is ours at once.</returns>
    private TaskCompletionSource? TryEnter()
    {
        lock (_lock)
        {
            if (!_held)
            {
                _held = true;
                return null;
            }

            var waiter = new TaskCompletionSource();
            _waiting.Enqueue(waiter);
            return waiter;
        }
    }

    private void GiveUp(TaskCompletionSource waiter)
    {
        if (!waiter.TrySetCanceled(CancellationToken.None))
        {
            Release(); // the turn came at the very moment of giving up: pass it on
        }
    }
}
