using JadeVector.Engine.Determinism;

namespace JadeVector.Tests.Support;

/// <summary>Runs work inline, and before each piece of background work lets the test look, or do something else.</summary>
internal sealed class ObservedWorkScheduler : IWorkScheduler
{
    private readonly InlineWorkScheduler _inline = new();

    public int BackgroundParallelism => 1;

    public Action? BeforeBackground { get; set; }

    /// <summary>Pieces of background work that were run.</summary>
    public int BackgroundCount { get; private set; }

    public Task<T> RunAsync<T>(WorkKind kind, Func<T> work, CancellationToken cancellation)
    {
        if (kind is not WorkKind.Background)
            return _inline.RunAsync(kind, work, cancellation);
        BeforeBackground?.Invoke();
        if (!cancellation.IsCancellationRequested)
            BackgroundCount++;
        return _inline.RunAsync(kind, work, cancellation);
    }
}
