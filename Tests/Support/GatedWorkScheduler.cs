using JadeVector.Engine.Determinism;

namespace JadeVector.Tests.Support;

/// <summary>Runs work on the thread pool; background work waits while the gate is closed.</summary>
internal sealed class GatedWorkScheduler : IWorkScheduler
{
    private volatile TaskCompletionSource? _closed;

    public int BackgroundParallelism => 2;

    public void Close() => _closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open()
    {
        var closed = _closed;
        _closed = null;
        closed?.SetResult();
    }

    public async Task<T> RunAsync<T>(WorkKind kind, Func<T> work, CancellationToken cancellation)
    {
        if (kind is WorkKind.Background && _closed is { } closed)
            await closed.Task.WaitAsync(cancellation);
        return await Task.Run(work, cancellation);
    }
}
