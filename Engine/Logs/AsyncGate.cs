namespace JadeVector.Engine.Logs;

/// <summary>One at a time, first come first served; waiting ends at a deadline of the injected clock.</summary>
internal sealed class AsyncGate
{
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private bool _held;

    /// <returns>False when the deadline passed first. After true, call <see cref="Exit"/> once.</returns>
    public async Task<bool> TryEnterAsync(TimeProvider clock, DateTimeOffset deadline, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        TaskCompletionSource waiter;
        lock (_lock)
        {
            if (!_held)
            {
                _held = true;
                return true;
            }

            waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(waiter);
        }

        var patience = deadline - clock.GetUtcNow();
        try
        {
            await waiter.Task.WaitAsync(patience > TimeSpan.Zero ? patience : TimeSpan.Zero, clock, cancellation);
            return true;
        }
        catch (Exception given) when (given is TimeoutException or OperationCanceledException)
        {
            if (!waiter.TrySetCanceled(CancellationToken.None))
            {
                Exit(); // the turn came at the very moment of giving up: pass it on
            }

            if (given is OperationCanceledException)
            {
                throw;
            }

            return false;
        }
    }

    public void Exit()
    {
        lock (_lock)
        {
            while (_waiting.TryDequeue(out var next))
            {
                if (next.TrySetResult())
                {
                    return;
                }
            }

            _held = false;
        }
    }
}
