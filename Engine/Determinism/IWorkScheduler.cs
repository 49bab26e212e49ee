namespace JadeVector.Engine.Determinism;

public enum WorkKind
{
    /// <summary>A search: bounded pool sized to the cores, short queue.</summary>
    Search,

    /// <summary>A blocking system call such as a write with its flush.</summary>
    Storage,

    /// <summary>Linking rows into a graph, checkpoints: low priority, may take minutes.</summary>
    Background,
}

/// <summary>The one seam through which the engine gets threads. Hosts give it real ones; the simulator runs the work inline.</summary>
public interface IWorkScheduler
{
    /// <summary>How many pieces of background work are worth running side by side.</summary>
    int BackgroundParallelism { get; }

    /// <summary>Runs <paramref name="work"/> away from the caller's scheduler; the task ends with its result.</summary>
    /// <exception cref="OverloadedException">The queue of that kind is full.</exception>
    Task<T> RunAsync<T>(WorkKind kind, Func<T> work, CancellationToken cancellation);

    /// <summary>Runs a search when its turn comes. A scheduler without a queue has no turns.</summary>
    /// <exception cref="OverloadedException">The queue is full, or another database's search took the place.</exception>
    /// <exception cref="RefusalException"><c>deadline_exceeded</c>: its turn came too late, and it did not run.</exception>
    Task<T> SearchAsync<T>(SearchTurn turn, Func<T> work, CancellationToken cancellation) => RunAsync(WorkKind.Search, work, cancellation);
}

/// <summary>The node has more work of this kind than it can queue; try again later.</summary>
public sealed class OverloadedException(WorkKind kind, int queueLength)
    : Exception($"The {kind} queue of this node is full ({queueLength} waiting).")
{
    public WorkKind Kind { get; } = kind;
}
