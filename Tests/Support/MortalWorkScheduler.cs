using JadeVector.Engine.Determinism;

namespace JadeVector.Tests.Support;

/// <summary>The threads of a node that dies after so much background work: what comes later never ends, except by cancellation. The rest runs inline.</summary>
internal sealed class MortalWorkScheduler(int backgroundWorkMax) : IWorkScheduler
{
    private readonly InlineWorkScheduler _living = new();
    private int _left = backgroundWorkMax;

    public int BackgroundParallelism => 1;

    public Task<T> RunAsync<T>(WorkKind kind, Func<T> work, CancellationToken cancellation) =>
        kind is WorkKind.Background && Interlocked.Decrement(ref _left) < 0
            ? new TaskCompletionSource<T>().Task.WaitAsync(cancellation)
            : _living.RunAsync(kind, work, cancellation);
}
