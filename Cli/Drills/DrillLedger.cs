namespace JadeVector.Cli.Drills;

/// <summary>What all of a drill count together, and the promises that were broken.</summary>
internal sealed class DrillLedger
{
    private const int ViolationsMax = 1_000;

    private readonly Lock _lock = new();
    private readonly List<string> _violations = [];
    private readonly long[] _counts = new long[Enum.GetValues<DrillEvent>().Length];
    private TaskCompletionSource _reached = new();
    private long _items;
    private long _requests;
    private long _target = long.MaxValue;

    /// <summary>Single writes acknowledged.</summary>
    internal long Items => Interlocked.Read(ref _items);

    internal IReadOnlyList<string> Violations
    {
        get
        {
            lock (_lock) return [.. _violations];
        }
    }

    internal long CountOf(DrillEvent what) => Interlocked.Read(ref _counts[(int)what]);

    internal void Count(DrillEvent what, int times = 1) => Interlocked.Add(ref _counts[(int)what], times);

    internal void CountItem() => Interlocked.Increment(ref _items);

    internal void CountRequest()
    {
        lock (_lock)
        {
            if (++_requests >= _target) _reached.TrySetResult();
        }
    }

    internal void Violate(string what)
    {
        lock (_lock)
        {
            if (_violations.Count < ViolationsMax) _violations.Add(what);
            _reached.TrySetResult();
        }
    }

    /// <summary>Ends when so many more requests are acknowledged, or a promise is broken.</summary>
    internal Task WhenAcknowledged(int requests)
    {
        lock (_lock)
        {
            _target = _requests + requests;
            _reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _reached.Task;
        }
    }
}
