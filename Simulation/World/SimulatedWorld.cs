namespace JadeVector.Simulation.World;

// Everything of a run happens here, one thing after the other, on one thread:
//
//   ready    what could go on at this moment: continuations and turns of the simulated processes. The seed picks one: a decision.
//   events   what happens later: timers, requests arriving at the store, answers on their way back. When nothing is ready, time jumps
//            to the next one: another decision.
//
// The run itself is a work item of the thread pool, which has one thread in this program. What the runtime puts on the pool by itself
// (completions of Task.WhenAll and WaitAsync, CancelAsync) therefore runs between two decisions, in a fixed order, and never beside one.

/// <summary>Simulated time, and the order in which everything happens; a function of its seed.</summary>
internal sealed class SimulatedWorld(ulong seed)
{
    private const int YieldsMax = 100_000;

    private readonly List<ReadyItem> _ready = [];
    private readonly PriorityQueue<WorldEvent, (long Due, long Order)> _events = new();
    private readonly List<Action> _beforeDecision = [];
    private readonly ManualResetEventSlim _ended = new();
    private long _eventCount;
    private int _yields;
    private ulong _fingerprint = 14695981039346656037;
    private Func<bool> _isOver = () => false;
    private Exception? _failure;

    /// <summary>Chance of the world: which decision is taken, what the network and the store do.</summary>
    public Random Chance { get; } = new(unchecked((int)(seed * 2654435761 ^ (seed >> 32))));

    /// <summary>Decisions taken so far.</summary>
    public long Step { get; private set; }

    /// <summary>Time since the world began.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>A number that two runs share only if they took the same decisions.</summary>
    public ulong Fingerprint => _fingerprint;

    /// <summary>Written to for every decision, when somebody wants to read along.</summary>
    public TextWriter? Trace { get; init; }

    /// <summary>Called before every decision.</summary>
    public void BeforeDecision(Action action) => _beforeDecision.Add(action);

    /// <summary>Runs until that is so.</summary>
    public void Run(Action begin, Func<bool> isOver)
    {
        _isOver = isOver;
        ThreadPool.UnsafeQueueUserWorkItem(
            world =>
            {
                try
                {
                    begin();
                    world.Continue();
                }
                catch (Exception failure)
                {
                    world.End(failure);
                }
            },
            this,
            preferLocal: false);
        _ended.Wait();
        if (_failure is not null)
            throw new SimulationFailedException($"the simulator itself failed at step {Step}", _failure);
    }

    /// <summary>Hands over what may go on now.</summary>
    public void Ready(SimulatedProcess process, string what, Action action) => _ready.Add(new ReadyItem(process, what, action));

    /// <summary>Makes something happen later, unless its process has ended by then or it is called off.</summary>
    public WorldEvent After(TimeSpan delay, SimulatedProcess process, string what, Action action)
    {
        var happening = new WorldEvent(process, what, action);
        var due = Now + (delay > TimeSpan.Zero ? delay : TimeSpan.Zero);
        _events.Enqueue(happening, (due.Ticks, _eventCount++));
        return happening;
    }

    /// <summary>Notes a word in the trace that is no decision.</summary>
    public void Note(string what)
    {
        Mix(what);
        Trace?.WriteLine($"{Step,6} {Now.TotalSeconds,10:F4}          {what}");
    }

    private void Continue()
    {
        try
        {
            while (true)
            {
                if (ThreadPool.PendingWorkItemCount > 0)
                {
                    if (++_yields > YieldsMax)
                        throw new InvalidOperationException($"{ThreadPool.PendingWorkItemCount} work items of the thread pool never end.");
                    ThreadPool.UnsafeQueueUserWorkItem(static world => world.Continue(), this, preferLocal: false);
                    return;
                }

                _yields = 0;
                if (_isOver())
                    break;
                foreach (var action in _beforeDecision)
                    action();
                Decide();
            }

            _ended.Set();
        }
        catch (Exception failure)
        {
            End(failure);
        }
    }

    private void End(Exception failure)
    {
        _failure = failure;
        _ended.Set();
    }

    private void Decide()
    {
        if (_ready.Count > 0)
        {
            var index = Chance.Next(_ready.Count);
            var (process, what, action) = _ready[index];
            _ready[index] = _ready[^1];
            _ready.RemoveAt(_ready.Count - 1);
            Run(process, what, action);
            return;
        }

        while (_events.TryDequeue(out var next, out var when))
        {
            if (next.IsCalledOff)
                continue;
            Now = new TimeSpan(Math.Max(Now.Ticks, when.Due));
            Run(next.Process, next.What, next.Action);
            return;
        }

        throw new InvalidOperationException("Nothing is left to happen and the run has not ended.");
    }

    private void Run(SimulatedProcess process, string what, Action action)
    {
        if (process.HasEnded)
            return;
        if (process.PausedUntil > Now)
        {
            After(process.PausedUntil - Now, process, what, action);
            return;
        }

        Step++;
        Mix(what);
        Trace?.WriteLine($"{Step,6} {Now.TotalSeconds,10:F4} {process.Name,-8} {what}");
        action();
    }

    private void Mix(string what)
    {
        foreach (var c in what)
            _fingerprint = (_fingerprint ^ c) * 1099511628211;
        _fingerprint = (_fingerprint ^ (ulong)Now.Ticks) * 1099511628211;
    }

    private readonly record struct ReadyItem(SimulatedProcess Process, string What, Action Action);
}

/// <summary>Something that will happen.</summary>
internal sealed class WorldEvent(SimulatedProcess process, string what, Action action)
{
    public SimulatedProcess Process { get; } = process;

    public string What { get; } = what;

    public Action Action { get; } = action;

    public bool IsCalledOff { get; private set; }

    public void CallOff() => IsCalledOff = true;
}

/// <summary>A run found a violation, or could not be run at all.</summary>
internal sealed class SimulationFailedException(string message, Exception? inner = null) : Exception(message, inner);
