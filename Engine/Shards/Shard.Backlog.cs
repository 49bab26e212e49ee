namespace JadeVector.Engine.Shards;

// Writers may outrun linking and checkpoints for a while: what they are ahead costs every search a scan, and memory. Beyond the bounds
// writes wait, which slows their callers down to what the shard can do; who has waited too long is told to come again.
public sealed partial class Shard
{
    private TaskCompletionSource? _backlogMoved; // null while nobody waits

    /// <summary>Returns when the backlog is within its bounds.</summary>
    /// <exception cref="RefusalException"><c>overloaded</c>: not in time; nothing was written.</exception>
    private async Task ThrottleAsync(TimeSpan patience, CancellationToken cancellation)
    {
        if (!IsBehind())
            return;
        var waitMax = patience < _options.BacklogWaitMax ? patience : _options.BacklogWaitMax;
        var beganAt = _context.Clock.GetTimestamp();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token, cancellation);
        while (true)
        {
            var moved = BacklogMoved(); // before the look: whatever moves after it is told
            ThrowIfUnusable();
            if (!IsBehind())
                return;
            var left = waitMax - _context.Clock.GetElapsedTime(beganAt);
            if (left <= TimeSpan.Zero)
                throw TooMuchBacklog();
            try
            {
                await moved.WaitAsync(left, _context.Clock, either.Token);
            }
            catch (TimeoutException)
            {
                throw TooMuchBacklog();
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                throw Closed();
            }
        }
    }

    /// <summary>Ends at the next <see cref="TellBacklog"/>.</summary>
    private Task BacklogMoved()
    {
        var fresh = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return (Interlocked.CompareExchange(ref _backlogMoved, fresh, null) ?? fresh).Task;
    }

    /// <summary>Rows were linked, parts were replaced, or nothing will move any more: writes that wait look again.</summary>
    private void TellBacklog() => Interlocked.Exchange(ref _backlogMoved, null)?.SetResult();

    private bool IsBehind()
    {
        var view = Enter();
        try
        {
            long tail = 0, unsaved = 0;
            foreach (var part in view.Set.Parts)
            {
                if (part is not GrowingPart unsavedPart)
                    continue;
                unsaved += part.NativeBytes;
                if (part.Graph is not null && !unsavedPart.LinkingFailed)
                    tail += (long)(part.Count - part.LinkedCount) * part.Rows.StrideFloats * sizeof(float);
            }

            return tail > _options.TailSizeBytesMax || unsaved > _options.UnsavedSizeBytesMax;
        }
        finally
        {
            view.Set.Release();
        }
    }

    private RefusalException TooMuchBacklog() =>
        new(RefusalCodes.Overloaded, $"Shard {Address} links and stores more slowly than it is written to; nothing was written, ask again later.");
}
