using JadeVector.Grains.Cluster;
using JadeVector.Grains.Interfaces;
using Xunit;
using static JadeVector.Tests.Grains.Cluster.Nodes;

namespace JadeVector.Tests.Grains.Cluster;

public sealed class PlacementRulesTests
{
    [Fact]
    public void Shards_of_one_database_go_round_the_nodes_whoever_places_them()
    {
        var nodes = Members("a", "b", "c");
        var chosen = Enumerable.Range(0, 12).Select(shard => PlacementRules.Choose(Owner(shard), nodes, _ => 0)!.Name);
        Assert.All(chosen.GroupBy(name => name), group => Assert.Equal(4, group.Count()));
    }

    [Fact]
    public void A_node_with_far_more_than_its_share_is_passed_over()
    {
        ClusterNode[] nodes = [Node("a", Hosted([.. Enumerable.Range(0, 20).Select(shard => Owner(shard, "db_b"))])), Node("b"), Node("c")];
        Assert.DoesNotContain("a", Enumerable.Range(0, 12).Select(shard => PlacementRules.Choose(Owner(shard), nodes, _ => 0)!.Name));
    }

    [Fact]
    public void Bytes_count_as_much_as_numbers()
    {
        ClusterNode[] nodes = [Node("a", new HostedCopy(Owner(0, "db_b"), 1_000_000)), Node("b", [.. Hosted(Owner(1, "db_b"), Owner(2, "db_b"))]), Node("c")];
        var loads = new NodeLoads(nodes);
        Assert.True(loads.Of(nodes[0]) > loads.Of(nodes[1]), "one copy of a megabyte weighs more than two of 100 bytes");
    }

    [Fact]
    public void Copies_on_their_way_count()
    {
        var nodes = Members("a", "b");
        var turn = PlacementRules.Choose(Owner(0), nodes, _ => 0)!;
        Assert.NotEqual(turn.Name, PlacementRules.Choose(Owner(0), nodes, address => address == turn.Address ? 50 : 0)!.Name);
    }

    [Fact]
    public void A_read_copy_never_goes_beside_another_copy_of_its_shard()
    {
        ClusterNode[] nodes = [Node("a", Hosted(Owner(0))), Node("b", Hosted(Replica(0, 2))), Node("c")];
        Assert.Equal("c", PlacementRules.Choose(Replica(0, 1), nodes, _ => 0)!.Name);
        Assert.Null(PlacementRules.Choose(Replica(0, 1), nodes[..2], _ => 0));
    }

    [Fact]
    public void An_owner_avoids_its_read_copies_but_always_finds_a_place()
    {
        ClusterNode[] nodes = [Node("a", Hosted(Replica(0, 1))), Node("b")];
        Assert.Equal("b", PlacementRules.Choose(Owner(0), nodes, _ => 0)!.Name);
        Assert.Equal("a", PlacementRules.Choose(Owner(0), nodes[..1], _ => 0)!.Name);
    }

    [Fact]
    public void Without_nodes_there_is_no_place() => Assert.Null(PlacementRules.Choose(Owner(0), [], _ => 0));
}
