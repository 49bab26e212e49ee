using System.Text;
using JadeVector.Embedded;
using JadeVector.Engine.Hashing;
using JadeVector.Simulation.Faults;
using JadeVector.Simulation.World;

namespace JadeVector.Simulation.Nodes;

/// <summary>
/// Takes grain calls from node to node. A grain belongs to one of the nodes that the caller takes for alive, the same for all callers who take
/// the same ones for alive; around crashes and starts they do not, and a grain is active twice.
/// </summary>
internal sealed class GrainNetwork(SimulatedWorld world, FaultMix faults, Func<int, SimulatedNode?> node)
{
    public void Send(GrainCall call, SimulatedNode from)
    {
        var to = call.Target.Class.MaxLocalWorkers is null ? node(OwnerOf(call.Target.GrainId.ToString(), from.View)) : from;
        if (to == from)
            from.Deliver(call);
        else if (to is null)
            world.After(Latency(), from.Process, "grain call refused", () => call.Reject(new SiloUnavailableException("The node has ended.")));
        else
            world.After(Latency(), to.Process, "grain call", () => to.Deliver(call));
    }

    /// <summary>Brings an answer back to the node that asked.</summary>
    public void Return(Action arrive, SimulatedNode to) => world.After(Latency(), to.Process, "grain answer", arrive);

    /// <summary>Rendezvous: of all nodes in the view, the one with the highest hash together with the grain.</summary>
    private static int OwnerOf(string grain, IEnumerable<int> view) =>
        view.MaxBy(index => XxHash64.Compute(Encoding.UTF8.GetBytes($"{index}/{grain}")));

    private TimeSpan Latency() => faults.Strikes(FaultKind.SlowMessage) ? faults.Span(0.05, 40) : faults.Span(0.0001, 0.003);
}
