namespace JadeVector.Tests.Support;

/// <summary>
/// Runs asynchronous actors on one thread and decides from a seed which of them goes on at each gate, and when a timer fires: the
/// same seed gives the same run.
/// </summary>
public sealed class SeededInterleaving(int seed, ManualClock clock) : SynchronizationContext
{
    private const int StepsMax = 200_000;

    private readonly Queue<(SendOrPostCallback Callback, object? State)> _ready = new();
    private readonly List<TaskCompletionSource> _gates = [];

    public Random Random { get; } = new(seed);

    /// <summary>Ends when the seed says so.</summary>
    public Task GateAsync()
    {
        var gate = new TaskCompletionSource();
        _gates.Add(gate);
        return gate.Task;
    }

    public override void Post(SendOrPostCallback d, object? state) => _ready.Enqueue((d, state));

    public override void Send(SendOrPostCallback d, object? state) => throw new NotSupportedException("Nothing here blocks.");

    /// <summary>Runs until every actor has ended and nothing is left to happen.</summary>
    public void Run(IReadOnlyList<Func<Task>> actors)
    {
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            var running = actors.Select(a => a()).ToArray();
            for (var step = 0; Step(); step++)
            {
                if (step > StepsMax)
                {
                    throw new InvalidOperationException("The run does not end.");
                }
            }

            foreach (var actor in running)
            {
                if (!actor.IsCompleted)
                {
                    throw new InvalidOperationException("An actor waits for something that never happens.");
                }

                actor.GetAwaiter().GetResult();
            }
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    private bool Step()
    {
        if (_ready.TryDequeue(out var work))
        {
            work.Callback(work.State);
            return true;
        }

        // Timers are mostly pauses between attempts; now and then one fires while calls are under way, and is a time-out.
        if ((_gates.Count == 0 || Random.Next(12) == 0) && clock.TryFireNext(DateTimeOffset.MaxValue))
        {
            return true;
        }

        if (_gates.Count == 0)
        {
            return false;
        }

        var index = Random.Next(_gates.Count);
        var gate = _gates[index];
        _gates.RemoveAt(index);
        gate.SetResult();
        return true;
    }
}
