using JadeVector.Engine.Determinism;

namespace JadeVector.Hosting.Work;

/// <summary>
/// Real threads for the engine, one lane for each kind of work: searches on as many threads as there are cores behind a short queue in
/// which databases take turns (when it is full the caller is told at once, and what is late when its turn comes does not run), blocking
/// storage calls on threads of their own, background work on low-priority threads that leave a core to the rest.
/// </summary>
public sealed class ThreadWorkScheduler : IWorkScheduler, IDisposable
{
    private readonly WorkLane _search;
    private readonly WorkLane _storage;
    private readonly WorkLane _background;

    /// <param name="cores">Threads for searches; 1 or more.</param>
    /// <param name="clock">For deadlines and waits.</param>
    /// <param name="admission">Told how long each search waited.</param>
    public ThreadWorkScheduler(int cores, TimeProvider clock, SearchAdmission? admission = null)
    {
        BackgroundParallelism = Math.Max(1, cores - 1);
        _search = new WorkLane(WorkKind.Search, cores, Math.Max(cores * 64, SearchAdmission.InsideMax), ThreadPriority.Normal, clock, admission is null ? null : admission.Waited);
        _storage = new WorkLane(WorkKind.Storage, 16, 16 * 1024, ThreadPriority.Normal, clock);
        _background = new WorkLane(WorkKind.Background, BackgroundParallelism, 1024 * 1024, ThreadPriority.Lowest, clock);
    }

    /// <inheritdoc/>
    public int BackgroundParallelism { get; }

    /// <inheritdoc/>
    public Task<T> RunAsync<T>(WorkKind kind, Func<T> work, CancellationToken cancellation)
    {
        var turn = new SearchTurn("", DateTimeOffset.MaxValue);
        return kind switch
        {
            WorkKind.Search => _search.Run(turn, work, cancellation),
            WorkKind.Storage => _storage.Run(turn, work, cancellation),
            WorkKind.Background => _background.Run(turn, work, cancellation),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
    }

    /// <inheritdoc/>
    public Task<T> SearchAsync<T>(SearchTurn turn, Func<T> work, CancellationToken cancellation) => _search.Run(turn, work, cancellation);

    /// <summary>Lets running work end; what still waits is cancelled.</summary>
    public void Dispose()
    {
        _search.Dispose();
        _storage.Dispose();
        _background.Dispose();
    }
}
