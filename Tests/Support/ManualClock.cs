namespace JadeVector.Tests.Support;

/// <summary>A clock that stands until the test moves it, or that jumps to whatever is waited for.</summary>
public sealed class ManualClock : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>A wait of at most this long ends at once and takes the clock with it, so that it costs no real time; longer ones stand.</summary>
    public TimeSpan JumpMax { get; init; } = TimeSpan.MinValue;

    public int TimerCount
    {
        get
        {
            lock (_lock)
            {
                return _timers.Count;
            }
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _now;
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves on, firing on this thread what falls due, in order.</summary>
    public void Advance(TimeSpan time)
    {
        var until = GetUtcNow() + time;
        while (TryFireNext(until))
        {
        }

        lock (_lock)
        {
            _now = until;
        }
    }

    /// <summary>Jumps to the next timer that is due by then and fires it on this thread.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryFireNext(DateTimeOffset until)
    {
        ManualTimer? next;
        lock (_lock)
        {
            next = _timers.Where(t => t.Due <= until).MinBy(t => t.Due);
            if (next is null)
            {
                return false;
            }

            _timers.Remove(next);
            _now = next.Due > _now ? next.Due : _now;
        }

        next.Fire();
        return true;
    }

    private void Arm(ManualTimer timer, TimeSpan dueTime)
    {
        lock (_lock)
        {
            _timers.Remove(timer);
            if (dueTime == Timeout.InfiniteTimeSpan)
            {
                return;
            }

            timer.Due = _now + dueTime;
            if (dueTime > JumpMax)
            {
                _timers.Add(timer);
                return;
            }

            _now = timer.Due;
        }

        // Not on this thread: whoever creates a timer is still busy with creating it.
        ThreadPool.QueueUserWorkItem(static fired => ((ManualTimer)fired!).Fire(), timer);
    }

    private void Disarm(ManualTimer timer)
    {
        lock (_lock)
        {
            _timers.Remove(timer);
        }
    }

    private sealed class ManualTimer(ManualClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public DateTimeOffset Due { get; set; }

        public void Fire()
        {
            if (_period != Timeout.InfiniteTimeSpan && _period != TimeSpan.Zero)
            {
                clock.Arm(this, _period);
            }

            callback(state);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            clock.Arm(this, dueTime);
            return true;
        }

        public void Dispose() => clock.Disarm(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
