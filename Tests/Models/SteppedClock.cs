namespace JadeVector.Tests.Models;

/// <summary>A clock that either runs every timer at once (and notes its length), or runs the ones the test asks for.</summary>
internal sealed class SteppedClock(Func<TimeSpan, bool> isDueAtOnce) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<SteppedTimer> _waiting = [];

    /// <summary>Lengths of the timers that ran at once.</summary>
    internal List<TimeSpan> Skipped { get; } = [];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SteppedTimer(() => callback(state));
        lock (_lock)
        {
            if (dueTime == Timeout.InfiniteTimeSpan || !isDueAtOnce(dueTime))
            {
                _waiting.Add(timer);
                return timer;
            }

            Skipped.Add(dueTime);
        }

        ThreadPool.QueueUserWorkItem(_ => timer.Run());
        return timer;
    }

    internal void RunWaiting()
    {
        SteppedTimer[] due;
        lock (_lock) due = [.. _waiting];
        foreach (var timer in due) timer.Run();
    }

    private sealed class SteppedTimer(Action run) : ITimer
    {
        private int _isOver;

        public void Run()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0) run();
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => Volatile.Read(ref _isOver) == 0;

        public void Dispose() => Interlocked.Exchange(ref _isOver, 1);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
