using JadeVector.Engine.Determinism;

namespace JadeVector.Simulation.World;

/// <summary>
/// A process of the world: code that runs in it goes on only as long as it lives. Ending it is a crash: what it awaits never continues,
/// and what it has sent already goes on without it.
/// </summary>
internal sealed class SimulatedProcess : TaskScheduler, IWorkScheduler
{
    private readonly SimulatedWorld _world;

    public SimulatedProcess(SimulatedWorld world, string name)
    {
        _world = world;
        Name = name;
        Clock = new SimulatedClock(world, this);
    }

    public string Name { get; }

    public SimulatedClock Clock { get; }

    public bool HasEnded { get; private set; }

    /// <summary>The process gets no processor before that time: a long garbage collection, a virtual machine that moves.</summary>
    public TimeSpan PausedUntil { get; set; }

    public int BackgroundParallelism => 1;

    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Crashes.</summary>
    public void End() => HasEnded = true;

    /// <summary>Starts code in this process.</summary>
    public Task<T> Start<T>(Func<Task<T>> code) => Task.Factory.StartNew(code, CancellationToken.None, TaskCreationOptions.DenyChildAttach, this).Unwrap();

    /// <summary>Lets something go on in this process when its turn comes.</summary>
    public void Post(string what, Action action)
    {
        if (!HasEnded)
            _world.Ready(this, what, action);
    }

    Task<T> IWorkScheduler.RunAsync<T>(WorkKind kind, Func<T> work, CancellationToken cancellation)
    {
        var ended = new TaskCompletionSource<T>();
        Post(kind.ToString(), () =>
        {
            if (cancellation.IsCancellationRequested)
            {
                ended.SetCanceled(cancellation);
                return;
            }

            try
            {
                ended.SetResult(work());
            }
            catch (Exception failure)
            {
                ended.SetException(failure);
            }
        });
        return ended.Task;
    }

    protected override void QueueTask(Task task) => Post("task", () => TryExecuteTask(task));

    // Every continuation is a decision of the world.
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => [];
}
