using JadeVector.Engine.Determinism;

namespace JadeVector.Tests.Support;

/// <summary>Runs work on the thread pool: for tests that want real concurrency.</summary>
internal sealed class PoolWorkScheduler(int backgroundParallelism = 2) : IWorkScheduler
{
    public int BackgroundParallelism => backgroundParallelism;

    public Task<T> RunAsync<T>(WorkKind kind, Func<T> work, CancellationToken cancellation) => Task.Run(work, cancellation);
}
