using JadeVector.Grains.Interfaces;
using JadeVector.Simulation.History;
using JadeVector.Simulation.Nodes;

namespace JadeVector.Simulation.Clients;

/// <summary>Requests about databases, snapshots and upkeep to some node: how they end is counted, and what no node may answer is a violation.</summary>
internal sealed class ControlRequests(NodeCalls calls, Workload workload)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(35);

    /// <returns>The answer, or why there is none.</returns>
    public async Task<(T? Answer, string? Refusal)> TryAsync<T>(Func<SimulatedNode, CancellationToken, Task<T>> call)
    {
        if (calls.Cluster.Pick(workload.Chance) is not { } node)
            return (default, "no node");
        string? refusal = null;
        try
        {
            return (await calls.CallAsync(node, n => WithinAsync(n, call), Patience), null);
        }
        catch (Exception problem) when (problem is JadeException or TimeoutException)
        {
            refusal = (problem as JadeException)?.Code ?? "time-out";
            return refusal == "internal_error" ? throw new ViolationException($"The control plane answered '{refusal}': {problem.Message}") : (default, refusal);
        }
        finally
        {
            workload.Count(refusal);
        }
    }

    /// <summary>The same for what answers nothing.</summary>
    /// <returns>Why it did not succeed; null when it did.</returns>
    public async Task<string?> TryAsync(Func<SimulatedNode, CancellationToken, Task> call) =>
        (await TryAsync(async (node, cancellation) =>
        {
            await call(node, cancellation);
            return true;
        })).Refusal;

    /// <summary>On the node, as its edge does: for so long and no longer.</summary>
    private static async Task<T> WithinAsync<T>(SimulatedNode node, Func<SimulatedNode, CancellationToken, Task<T>> call)
    {
        using var late = new CancellationTokenSource(Patience - TimeSpan.FromSeconds(5), node.Process.Clock);
        try
        {
            return await call(node, late.Token);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            throw new TimeoutException("given up by the node");
        }
    }
}
