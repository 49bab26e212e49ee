using JadeVector.Grains.Cluster;
using JadeVector.Grains.Interfaces;
using Xunit;
using static JadeVector.Tests.Grains.Cluster.Nodes;

namespace JadeVector.Tests.Grains.Cluster;

public sealed class RebalanceTests
{
    [Fact]
    public void A_node_that_joins_gets_its_share_one_copy_at_a_time_and_then_all_is_quiet()
    {
        var hosts = Enumerable.Range(0, 12).ToDictionary(shard => Owner(shard), shard => shard % 2 == 0 ? "a" : "b");
        var moves = 0;
        while (Rebalance.Next(View(hosts, "a", "b", "c"), _ => true) is { } move)
        {
            Assert.True(++moves <= 12, "it never comes to rest");
            hosts[move.Copy] = move.To!.Name;
        }

        Assert.Equal(4, moves);
        Assert.All(hosts.Values.GroupBy(name => name), group => Assert.Equal(4, group.Count()));
    }

    [Fact]
    public void An_even_spread_is_left_alone() =>
        Assert.Null(Rebalance.Next(View(new() { [Owner(0)] = "a", [Owner(1)] = "b", [Owner(2)] = "a" }, "a", "b"), _ => true));

    [Fact]
    public void A_copy_that_moved_a_moment_ago_stays() =>
        Assert.NotEqual(Owner(0), Rebalance.Next(View(new() { [Owner(0)] = "a", [Owner(1)] = "a", [Owner(2)] = "a", [Owner(3)] = "a" }, "a", "b"), copy => copy != Owner(0))!.Copy);

    [Fact]
    public void A_draining_node_is_no_target()
    {
        var view = View(new() { [Owner(0)] = "a", [Owner(1)] = "a", [Owner(2)] = "a", [Owner(3)] = "a" }, "a", "b");
        Assert.Null(Rebalance.Next(view with { Nodes = [view.Nodes[0], view.Nodes[1] with { Draining = true }] }, _ => true));
    }

    [Fact]
    public void A_read_copy_leaves_the_node_on_which_its_owner_landed()
    {
        var move = Rebalance.Next(View(new() { [Owner(0)] = "a", [Replica(0, 1)] = "a", [Owner(1)] = "b" }, "a", "b"), _ => true)!;
        Assert.Equal((Replica(0, 1), "b"), (move.Copy, move.To!.Name));
    }

    [Fact]
    public void A_read_copy_beside_its_owner_ends_where_there_is_no_other_node() =>
        Assert.Equal(new CopyMove(Replica(0, 1), View(new() { [Owner(0)] = "a", [Replica(0, 1)] = "a" }, "a").Nodes[0], null) with { From = null! },
            Rebalance.Next(View(new() { [Owner(0)] = "a", [Replica(0, 1)] = "a" }, "a"), _ => true)! with { From = null! });

    private static ClusterView View(Dictionary<CopyId, string> hosts, params string[] names) => new()
    {
        Master = names[0],
        Nodes = [.. names.Select(name => Node(name, Hosted([.. hosts.Where(pair => pair.Value == name).Select(pair => pair.Key)])))],
    };
}
