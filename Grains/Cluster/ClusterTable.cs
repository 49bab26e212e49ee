using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Cluster;

/// <summary>Keeps the newest view that reached this process, with an index by copy.</summary>
public sealed class ClusterTable : IClusterTable
{
    private volatile Indexed _current = new(ClusterView.Empty, []);

    /// <inheritdoc/>
    public ClusterView Current => _current.View;

    /// <inheritdoc/>
    public ClusterNode? HostOf(CopyId copy) => _current.Hosts.GetValueOrDefault(copy);

    /// <summary>Takes a view unless a newer one is here already.</summary>
    public void Put(ClusterView view)
    {
        var next = new Indexed(view, view.Nodes.Where(node => node.IsActive)
            .SelectMany(node => node.Copies, (node, hosted) => (hosted.Copy, node))
            .GroupBy(pair => pair.Copy, pair => pair.node)
            .ToDictionary(group => group.Key, group => group.First()));
        for (var seen = _current; IsNewer(view.Version, seen.View.Version); seen = _current)
        {
            if (Interlocked.CompareExchange(ref _current, next, seen) == seen)
            {
                return;
            }
        }
    }

    private static bool IsNewer(ViewVersion a, ViewVersion b) => a.Term != b.Term ? a.Term > b.Term : a.Version > b.Version;

    private sealed record Indexed(ClusterView View, Dictionary<CopyId, ClusterNode> Hosts);
}
