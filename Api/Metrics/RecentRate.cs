namespace JadeVector.Api.Metrics;

/// <summary>Counts events by the second for the last minute.</summary>
internal sealed class RecentRate(TimeProvider clock)
{
    private const int Seconds = 60;

    private readonly long _started = clock.GetTimestamp();
    private readonly long[] _counts = new long[Seconds];
    private readonly long[] _seconds = new long[Seconds];
    private readonly Lock _turn = new();

    public double PerSecond
    {
        get
        {
            var now = Now();
            lock (_turn)
            {
                long sum = 0;
                for (var i = 0; i < Seconds; i++)
                {
                    if (now - _seconds[i] < Seconds)
                        sum += _counts[i];
                }

                return (double)sum / Math.Clamp(now + 1, 1, Seconds);
            }
        }
    }

    public void Add(int count)
    {
        var now = Now();
        var slot = (int)(now % Seconds);
        lock (_turn)
        {
            if (_seconds[slot] != now)
                (_seconds[slot], _counts[slot]) = (now, 0);
            _counts[slot] += count;
        }
    }

    private long Now() => (long)clock.GetElapsedTime(_started).TotalSeconds;
}
