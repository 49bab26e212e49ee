using JadeVector.Simulation.Faults;
using JadeVector.Simulation.Nodes;
using JadeVector.Simulation.World;

namespace JadeVector.Simulation.Clients;

/// <summary>Calls from outside to a node: the request travels, is served in the node's process, and the answer travels back, if it can.</summary>
internal sealed class NodeCalls(SimulatedWorld world, SimulatedCluster cluster, FaultMix faults)
{
    /// <summary>Where clients run: outside of all nodes, and never ending.</summary>
    public SimulatedProcess Process { get; } = new(world, "clients");

    public SimulatedWorld World => world;

    public FaultMix Faults => faults;

    public SimulatedCluster Cluster => cluster;

    /// <summary>Calls a node.</summary>
    /// <exception cref="TimeoutException">No answer: it may be served all the same.</exception>
    public Task<T> CallAsync<T>(SimulatedNode node, Func<SimulatedNode, Task<T>> call, TimeSpan timeout)
    {
        var answer = new TaskCompletionSource<T>();
        world.After(Latency(), node.Process, "request", () => _ = node.Process.Start(async () =>
        {
            Action deliver;
            try
            {
                var result = await call(node);
                deliver = () => answer.TrySetResult(result);
            }
            catch (Exception failure)
            {
                deliver = () => answer.TrySetException(failure);
            }

            world.After(Latency(), Process, "reply", deliver);
            return true;
        }));
        world.After(timeout, Process, "client time-out", () => answer.TrySetException(new TimeoutException("no answer")));
        return answer.Task;
    }

    public Task PauseAsync(TimeSpan time)
    {
        var over = new TaskCompletionSource();
        world.After(time, Process, "pause", over.SetResult);
        return over.Task;
    }

    private TimeSpan Latency() => faults.Span(0.0001, 0.003);
}
