using System.Text;
using JadeVector.Engine.Hashing;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Cluster;

/// <summary>
/// Where a copy of a shard goes. The shards of one database go round the nodes in turn, so that several processes that place at the same
/// moment agree without asking each other; a node that carries clearly more than its share is passed over.
/// </summary>
public static class PlacementRules
{
    /// <summary>How far above the mean a node's load may be before its turn passes to the least loaded one.</summary>
    private const double ToleratedExcess = 1.25;

    /// <param name="copy">To be placed.</param>
    /// <param name="nodes">That may take it: active, not draining.</param>
    /// <param name="underway">Copies that are on their way to a node, by its address, and not yet among those it reports.</param>
    /// <returns>Null for a read copy when every node has another copy of the shard; an owner always finds a place while there are nodes.</returns>
    public static ClusterNode? Choose(CopyId copy, IReadOnlyList<ClusterNode> nodes, Func<string, int> underway)
    {
        if (nodes.Count == 0)
        {
            return null;
        }

        var loads = new NodeLoads(nodes);
        ClusterNode[] inOrder = [.. nodes.OrderBy(node => node.Name, StringComparer.Ordinal).ThenBy(node => node.Address, StringComparer.Ordinal)];
        var turn = (int)((XxHash64.Compute(Encoding.UTF8.GetBytes(copy.DatabaseId)) + (ulong)copy.Shard + (ulong)copy.Replica) % (ulong)inOrder.Length);
        ClusterNode[] fromTurn = [.. inOrder[turn..], .. inOrder[..turn]];
        var apart = Array.FindAll(fromTurn, node => !HostsSibling(node, copy));
        if (apart.Length == 0)
        {
            return copy.IsOwner ? Least(fromTurn) : null;
        }

        var limit = (loads.Mean * ToleratedExcess) + (2 * loads.OfNewCopy);
        return apart[0] == fromTurn[0] && Load(apart[0]) <= limit ? apart[0] : Least(apart);

        double Load(ClusterNode node) => loads.Of(node) + (underway(node.Address) * loads.OfNewCopy);

        ClusterNode Least(ClusterNode[] candidates) => candidates.MinBy(Load)!;
    }

    /// <summary>Another copy of the same shard lives there.</summary>
    internal static bool HostsSibling(ClusterNode node, CopyId copy) => node.Copies.Any(hosted => hosted.Copy != copy && hosted.Copy.Owner == copy.Owner);
}

/// <summary>Loads by number of copies and by the engine's bytes, half and half: a copy of mean size weighs 2.</summary>
internal sealed class NodeLoads
{
    private readonly double _bytesMean;

    public NodeLoads(IReadOnlyList<ClusterNode> nodes)
    {
        var copies = nodes.Sum(node => (long)node.Copies.Count);
        _bytesMean = copies == 0 ? 0 : (double)nodes.Sum(node => node.Bytes) / copies;
        Mean = nodes.Count == 0 ? 0 : nodes.Sum(Of) / nodes.Count;
    }

    public double Mean { get; }

    public double OfNewCopy => _bytesMean > 0 ? 2 : 1;

    public double Of(ClusterNode node) => node.Copies.Sum(Of);

    public double Of(HostedCopy copy) => 1 + (_bytesMean > 0 ? copy.Bytes / _bytesMean : 0);
}
