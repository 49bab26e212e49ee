using JadeVector.Grains.Interfaces;
using JadeVector.Grains.Shards;

namespace JadeVector.Grains.Routing;

/// <summary>What every call to the control plane shares: its failures, unwrapped from what the actor runtime put around them, become refusals.</summary>
internal static class ControlCalls
{
    public static async Task<T> Run<T>(Task<T> call, CancellationToken cancellation)
    {
        try
        {
            return await call.WaitAsync(cancellation);
        }
        catch (Exception problem) when (!(problem is OperationCanceledException && cancellation.IsCancellationRequested) && Find(problem) is { } refusal)
        {
            throw refusal;
        }
    }

    public static Task Run(Task call, CancellationToken cancellation) => Run(AsResult(call), cancellation);

    private static async Task<bool> AsResult(Task call)
    {
        await call;
        return true;
    }

    /// <summary>The actor runtime puts the stack of what failed into its messages, which is no business of the caller's.</summary>
    internal static string FirstLine(Exception problem) => problem.Message.Split('\n', 2)[0].TrimEnd();

    /// <summary>A lost race for grain state is worth a retry by the caller, so it reads like storage that does not answer.</summary>
    private static JadeException? Find(Exception problem)
    {
        for (var cause = problem; cause is not null; cause = cause.InnerException)
        {
            if (Refusals.From(cause, shard: null) is { } refusal)
            {
                return refusal;
            }

            if (cause is Orleans.Storage.InconsistentStateException)
            {
                return new JadeException("storage_unavailable", "Another activation of the control plane wrote first; try again.");
            }
        }

        return problem is OrleansException ? new JadeException("cluster_unavailable", $"The control plane could not be reached: {FirstLine(problem)}") : null;
    }
}
