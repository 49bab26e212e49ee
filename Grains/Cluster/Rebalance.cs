using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Cluster;

/// <summary>A copy that should live elsewhere.</summary>
/// <param name="To">Null: there is no place for it and it should end.</param>
internal sealed record CopyMove(CopyId Copy, ClusterNode From, ClusterNode? To);

/// <summary>The next copy to move, if any: one at a time, so that a mistake costs little and the loads are measured again in between.</summary>
internal static class Rebalance
{
    /// <summary>A move must narrow the gap between the most and the least loaded node by this part of the mean load, at least.</summary>
    private const double GainMin = 0.1;

    /// <param name="view">As it is.</param>
    /// <param name="canMove">False for copies that were moved a moment ago.</param>
    public static CopyMove? Next(ClusterView view, Predicate<CopyId> canMove)
    {
        ClusterNode[] open = [.. view.Nodes.Where(node => node.IsOpen)];
        return Separate(view, open, canMove) ?? Level(open, canMove);
    }

    /// <summary>A read copy beside its owner protects nothing.</summary>
    private static CopyMove? Separate(ClusterView view, ClusterNode[] open, Predicate<CopyId> canMove)
    {
        foreach (var node in view.Nodes.Where(node => node.IsActive))
        {
            var owners = node.Copies.Where(hosted => hosted.Copy.IsOwner).Select(hosted => hosted.Copy).ToHashSet();
            foreach (var hosted in node.Copies)
            {
                if (!hosted.Copy.IsOwner && owners.Contains(hosted.Copy.Owner) && canMove(hosted.Copy))
                {
                    return new CopyMove(hosted.Copy, node, PlacementRules.Choose(hosted.Copy, [.. open.Where(other => other != node)], _ => 0));
                }
            }
        }

        return null;
    }

    private static CopyMove? Level(ClusterNode[] open, Predicate<CopyId> canMove)
    {
        if (open.Length < 2)
        {
            return null;
        }

        var loads = new NodeLoads(open);
        var most = open.MaxBy(loads.Of)!;
        var least = open.MinBy(loads.Of)!;
        var gap = loads.Of(most) - loads.Of(least);
        var best = most.Copies
            .Where(hosted => canMove(hosted.Copy) && !PlacementRules.HostsSibling(least, hosted.Copy))
            .Select(hosted => (hosted.Copy, Gain: gap - Math.Abs(gap - (2 * loads.Of(hosted)))))
            .OrderByDescending(candidate => candidate.Gain)
            .FirstOrDefault();
        return best.Gain > Math.Max(1, GainMin * loads.Mean) ? new CopyMove(best.Copy, most, least) : null;
    }
}
