namespace JadeVector.Simulation.World;

/// <summary>The clock of one process: its wall clock may be wrong and may jump; time spans it measures are right.</summary>
internal sealed class SimulatedClock(SimulatedWorld world, SimulatedProcess process) : TimeProvider
{
    private static readonly DateTimeOffset Beginning = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>How wrong the wall clock is.</summary>
    public TimeSpan Offset { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Beginning + world.Now + Offset;

    public override long GetTimestamp() => world.Now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(world, process, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(SimulatedWorld world, SimulatedProcess process, TimerCallback callback, object? state) : ITimer
    {
        private WorldEvent? _next;
        private TimeSpan _period;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _next?.CallOff();
            _period = period;
            _next = dueTime == Timeout.InfiniteTimeSpan ? null : world.After(dueTime, process, "timer", Fire);
            return true;
        }

        public void Dispose() => _next?.CallOff();

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire()
        {
            if (_period != Timeout.InfiniteTimeSpan && _period > TimeSpan.Zero)
                _next = world.After(_period, process, "timer", Fire);
            callback(state);
        }
    }
}
