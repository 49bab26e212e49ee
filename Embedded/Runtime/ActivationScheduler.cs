using System.Diagnostics.CodeAnalysis;

namespace JadeVector.Embedded;

/// <summary>
/// Runs the turns of one activation: one at a time, over the thread pool. What a turn awaits continues here, because
/// awaits capture <see cref="TaskScheduler.Current"/>.
/// </summary>
internal sealed class ActivationScheduler(Activation activation, Action<IThreadPoolWorkItem>? runTurn) : TaskScheduler, IThreadPoolWorkItem
{
    // Enough to amortise a trip through the pool, few enough that a busy activation does not hold a thread for long.
    private const int TurnsPerTrip = 64;

    private readonly Queue<Task> _turns = new();
    private bool _onPool;

    /// <summary>The activation whose turn this is, null outside grains.</summary>
    public static Activation? CurrentActivation => (Current as ActivationScheduler)?.Activation;

    public Activation Activation { get; } = activation;

    public override int MaximumConcurrencyLevel => 1;

    void IThreadPoolWorkItem.Execute()
    {
        for (var i = 0; i < (runTurn is null ? TurnsPerTrip : 1); i++)
        {
            Task turn;
            lock (_turns)
            {
                if (!_turns.TryDequeue(out turn!))
                {
                    _onPool = false;
                    return;
                }
            }

            TryExecuteTask(turn);
        }

        lock (_turns)
        {
            if (_turns.Count == 0)
            {
                _onPool = false;
                return;
            }
        }

        Go(preferLocal: false);
    }

    protected override void QueueTask(Task task)
    {
        lock (_turns)
        {
            _turns.Enqueue(task);
            if (_onPool)
                return;
            _onPool = true;
        }

        Go(preferLocal: true);
    }

    // Inlining is only right inside a turn of this activation.
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && ReferenceEquals(Current, this) && TryExecuteTask(task);

    [ExcludeFromCodeCoverage]
    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_turns)
        {
            return _turns.ToArray();
        }
    }

    private void Go(bool preferLocal)
    {
        if (runTurn is null)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal);
        else
            runTurn(this);
    }
}
