using System.Collections.Concurrent;
using JadeVector.Grains.Cluster;
using JadeVector.Grains.Interfaces;
using Orleans.Runtime.Placement;

namespace JadeVector.Hosting.Silos;

/// <summary>
/// Places copies of shards by <see cref="PlacementRules"/> over the newest view that reached this silo. Copies that this silo placed since
/// that view count as underway, so that a burst of new shards does not all go to the node that looked emptiest.
/// </summary>
internal sealed class ShardPlacementDirector(IClusterTable table) : IPlacementDirector
{
    private readonly ConcurrentQueue<string> _underway = new();
    private ViewVersion _underwaySince;

    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var silos = context.GetCompatibleSilos(target);
        if (IPlacementDirector.GetPlacementHint(target.RequestContextData, silos) is { } hint)
        {
            return Task.FromResult(hint);
        }

        var view = table.Current;
        if (_underwaySince != view.Version)
        {
            _underwaySince = view.Version;
            _underway.Clear();
        }

        var byAddress = silos.ToDictionary(silo => silo.ToParsableString(), StringComparer.Ordinal);
        var known = view.Nodes.ToDictionary(node => node.Address, StringComparer.Ordinal);
        var nodes = byAddress.Keys.Select(address => known.GetValueOrDefault(address) ?? Unknown(address)).ToList();
        var open = nodes.FindAll(node => !node.Draining);
        var copy = CopyId.Parse(target.GrainIdentity.Key.ToString()!);
        var chosen = PlacementRules.Choose(copy, open.Count > 0 ? open : nodes, address => _underway.Count(placed => placed == address))
            ?? throw new JadeException("unplaced", $"Every node has another copy of shard {copy.Owner} already; read copy {copy.Replica} has no place.");
        _underway.Enqueue(chosen.Address);
        return Task.FromResult(byAddress[chosen.Address]);
    }

    /// <summary>Membership has it, the view not yet: it has just joined, so it hosts nothing.</summary>
    private static ClusterNode Unknown(string address) => new() { Name = address, Address = address, Status = NodeStatus.Active };
}
