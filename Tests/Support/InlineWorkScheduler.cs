using JadeVector.Engine.Determinism;

namespace JadeVector.Tests.Support;

/// <summary>Runs work where it is asked for, before the call returns: no threads, so a test decides every interleaving itself.</summary>
internal sealed class InlineWorkScheduler : IWorkScheduler
{
    public int BackgroundParallelism => 1;

    public Task<T> RunAsync<T>(WorkKind kind, Func<T> work, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
            return Task.FromCanceled<T>(cancellation);
        try
        {
            return Task.FromResult(work());
        }
        catch (Exception e)
        {
            return Task.FromException<T>(e);
        }
    }
}
