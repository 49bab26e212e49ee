using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Cluster;

/// <summary>
/// Who is a member and who hosts what, put together from membership, reports, and what an earlier leader knew. A plain object: the
/// cluster grain calls it, tests do too. Not safe for several threads.
/// </summary>
/// <param name="term">Of the leader that keeps it.</param>
/// <param name="master">The leader's node.</param>
internal sealed class NodeTable(long term, string master)
{
    /// <summary>A change of a node's bytes below this part of them does not make a new view.</summary>
    private const double BytesChangeMin = 1.0 / 8;

    private readonly Dictionary<string, Entry> _nodes = new(StringComparer.Ordinal); // by address: a name may come back
    private readonly HashSet<CopyId> _lost = [];
    private IReadOnlyList<CopyId> _unplaced = [];
    private ClusterView? _view;
    private long _version;

    /// <summary>The nodes in order of name, the newest version.</summary>
    public ClusterView View => _view ??= new ClusterView
    {
        Master = master,
        Version = new ViewVersion(term, _version),
        Nodes = [.. _nodes.Values.Select(entry => entry.Node).OrderBy(node => node.Name, StringComparer.Ordinal).ThenBy(node => node.StartedAt)],
        Unplaced = _unplaced,
    };

    /// <summary>Copies that a dead node hosted and no living node does.</summary>
    public IReadOnlyCollection<CopyId> Lost => _lost;

    /// <summary>Grows when a node joins, leaves or dies.</summary>
    public int MembershipChanges { get; private set; }

    /// <summary>Takes the members as the runtime has them; what dead ones hosted becomes <see cref="Lost"/>.</summary>
    public void SetMembers(IReadOnlyList<ClusterNode> members)
    {
        var living = members.Select(member => member.Address).ToHashSet(StringComparer.Ordinal);
        foreach (var member in members)
        {
            var known = _nodes.GetValueOrDefault(member.Address);
            if (known is null || known.Node.Status != member.Status)
            {
                var node = known is null ? member : known.Node with { Status = member.Status };
                Put(known is null ? new Entry(node) : known with { Node = node });
                MembershipChanges++;
            }
        }

        foreach (var entry in _nodes.Values.ToList())
        {
            if (!living.Contains(entry.Node.Address) && entry.Node.Status != NodeStatus.Dead)
            {
                Put(entry with { Node = entry.Node with { Status = NodeStatus.Dead } });
                MembershipChanges++;
            }
        }

        Bury();
    }

    /// <summary>Takes a node's word for what it hosts.</summary>
    public void Apply(NodeReport report)
    {
        // A report of a node that membership does not name yet: membership will.
        var known = _nodes.GetValueOrDefault(report.Address) ?? new Entry(new ClusterNode { Name = report.Name, Status = NodeStatus.Joining, Address = report.Address });
        if (known.Node.Status == NodeStatus.Dead)
        {
            return;
        }

        var node = known.Node with { Name = report.Name, StartedAt = report.StartedAt, Draining = report.Draining, Copies = report.Copies };
        var unchanged = known.HasReported && known.Node.Draining == node.Draining && known.Node.Name == node.Name && IsSame(known.Node, node);
        _nodes[report.Address] = new Entry(node, HasReported: true);
        if (!unchanged)
        {
            Changed();
        }

        _lost.ExceptWith(report.Copies.Select(hosted => hosted.Copy));
    }

    /// <summary>Takes over what an earlier leader knew of nodes that have not reported to this one.</summary>
    public void Remember(ClusterView earlier)
    {
        foreach (var node in earlier.Nodes)
        {
            if (node.Copies.Count == 0 || _nodes.GetValueOrDefault(node.Address) is { HasReported: true } or { IsBuried: true })
            {
                continue;
            }

            var status = _nodes.GetValueOrDefault(node.Address)?.Node.Status ?? NodeStatus.Dead;
            Put(new Entry(node with { Status = status }));
        }

        Bury();
    }

    /// <summary>The copy was found to live, or to exist no more.</summary>
    public void Settle(CopyId copy) => _lost.Remove(copy);

    public void SetUnplaced(IReadOnlyList<CopyId> copies)
    {
        if (!_unplaced.SequenceEqual(copies))
        {
            _unplaced = copies;
            Changed();
        }
    }

    private static bool IsSame(ClusterNode before, ClusterNode after) =>
        before.Copies.Count == after.Copies.Count
        && before.Copies.Select(hosted => hosted.Copy).SequenceEqual(after.Copies.Select(hosted => hosted.Copy))
        && Math.Abs(before.Bytes - after.Bytes) <= BytesChangeMin * before.Bytes;

    /// <summary>What the dead hosted is lost, once; a dead node whose name came back is forgotten.</summary>
    private void Bury()
    {
        var alive = _nodes.Values.Where(entry => entry.Node.Status != NodeStatus.Dead).ToList();
        var hosted = alive.SelectMany(entry => entry.Node.Copies).Select(copy => copy.Copy).ToHashSet();
        foreach (var dead in _nodes.Values.Where(entry => entry.Node.Status == NodeStatus.Dead).ToList())
        {
            _lost.UnionWith(dead.Node.Copies.Select(copy => copy.Copy).Where(copy => !hosted.Contains(copy)));
            if (dead.Node.Copies.Count > 0)
            {
                Put(new Entry(dead.Node with { Copies = [] }, IsBuried: true));
            }

            if (alive.Exists(entry => entry.Node.Name == dead.Node.Name))
            {
                _nodes.Remove(dead.Node.Address);
                Changed();
            }
        }
    }

    private void Put(Entry entry)
    {
        _nodes[entry.Node.Address] = entry;
        Changed();
    }

    private void Changed()
    {
        _version++;
        _view = null;
    }

    /// <param name="HasReported">To the leader of this term.</param>
    /// <param name="IsBuried">It is dead and what it hosted has been counted as lost.</param>
    private sealed record Entry(ClusterNode Node, bool HasReported = false, bool IsBuried = false);
}
