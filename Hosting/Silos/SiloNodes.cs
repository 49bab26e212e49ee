using System.Collections.Immutable;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Hosting.Silos;

/// <summary>The members as this silo's membership has them: kept current by gossip and the membership table, read without a call.</summary>
internal sealed class SiloNodes(ILocalSiloDetails local, IClusterMembershipService membership) : IClusterNodes
{
    private Seen _seen = new(null, []);

    public string LocalAddress { get; } = local.SiloAddress.ToParsableString();

    public IReadOnlyList<ClusterNode> Members
    {
        get
        {
            var snapshot = membership.CurrentSnapshot;
            var seen = Volatile.Read(ref _seen);
            if (seen.Snapshot != snapshot)
            {
                seen = new Seen(snapshot, ToNodes(snapshot.Members.Values));
                Volatile.Write(ref _seen, seen);
            }

            return seen.Nodes;
        }
    }

    public async Task ChangedFrom(IReadOnlyList<ClusterNode> seen, CancellationToken cancellation)
    {
        await foreach (var _ in membership.MembershipUpdates.WithCancellation(cancellation))
        {
            if (!Members.SequenceEqual(seen))
            {
                return;
            }
        }
    }

    private static ImmutableArray<ClusterNode> ToNodes(IEnumerable<ClusterMember> members) =>
    [
        .. members.Select(member => new ClusterNode
        {
            Name = member.Name,
            Status = StatusOf(member.Status),
            Address = member.SiloAddress.ToParsableString(),
        }),
    ];

    private static string StatusOf(SiloStatus status) => status switch
    {
        SiloStatus.Active => NodeStatus.Active,
        SiloStatus.Created or SiloStatus.Joining => NodeStatus.Joining,
        SiloStatus.ShuttingDown or SiloStatus.Stopping => NodeStatus.Leaving,
        _ => NodeStatus.Dead,
    };

    private sealed record Seen(ClusterMembershipSnapshot? Snapshot, IReadOnlyList<ClusterNode> Nodes);
}
