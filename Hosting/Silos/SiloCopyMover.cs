using JadeVector.Grains.Cluster;
using JadeVector.Grains.Interfaces;
using Orleans.Runtime.Placement;

namespace JadeVector.Hosting.Silos;

/// <summary>Moves an activation by the runtime's migration, with the target as the hint that <see cref="ShardPlacementDirector"/> follows.</summary>
internal sealed class SiloCopyMover(IClusterMembershipService membership) : ICopyMover
{
    public void Move(IGrainContext activation, string? address) => activation.Migrate(
        address is null ? null : new Dictionary<string, object> { [IPlacementDirector.PlacementHintKey] = Member(address) });

    private SiloAddress Member(string address) =>
        membership.CurrentSnapshot.Members.Keys.FirstOrDefault(member => member.ToParsableString() == address)
        ?? throw new JadeException("not_found", $"There is no node at '{address}'.");
}
