using JadeVector.Grains.Cluster;
using JadeVector.Grains.Interfaces;
using Xunit;
using static JadeVector.Tests.Grains.Cluster.Nodes;

namespace JadeVector.Tests.Grains.Cluster;

public sealed class NodeTableTests
{
    [Fact]
    public void The_view_tells_who_hosts_what()
    {
        var view = Table(Report("b", Owner(1)), Report("a", Owner(0), Owner(2))).View;
        Assert.Equal(["a", "b"], view.Nodes.Select(node => node.Name));
        Assert.Equal([Owner(0), Owner(2)], view.Nodes[0].Copies.Select(hosted => hosted.Copy));
        Assert.All(view.Nodes, node => Assert.Equal(NodeStatus.Active, node.Status));
    }

    [Fact]
    public void A_report_that_says_nothing_new_makes_no_new_view()
    {
        var table = Table(Report("a", Owner(0)));
        var before = table.View.Version;
        table.Apply(Report("a", Owner(0)));
        table.SetMembers(Members("a"));
        Assert.Equal(before, table.View.Version);
        table.Apply(Report("a", Owner(0), Owner(1)));
        Assert.NotEqual(before, table.View.Version);
    }

    [Fact]
    public void What_a_dead_node_hosted_is_lost_until_another_node_reports_it()
    {
        var table = Table(Report("a", Owner(0)), Report("b", Owner(1), Owner(2)));
        table.SetMembers(Dead(Members("a", "b"), "b"));
        Assert.Equal([Owner(1), Owner(2)], table.Lost.Order(Comparer<CopyId>.Create((x, y) => x.Shard.CompareTo(y.Shard))));
        table.Apply(Report("a", Owner(0), Owner(1)));
        Assert.Equal([Owner(2)], table.Lost);
    }

    [Fact]
    public void A_node_that_membership_no_longer_names_is_dead()
    {
        var table = Table(Report("a"), Report("b", Owner(1)));
        table.SetMembers(Members("a"));
        Assert.Equal([Owner(1)], table.Lost);
    }

    [Fact]
    public void A_late_report_of_a_dead_node_is_not_believed()
    {
        var table = Table(Report("a"), Report("b", Owner(1)));
        table.SetMembers(Dead(Members("a", "b"), "b"));
        table.Apply(Report("b", Owner(1)));
        Assert.Equal([Owner(1)], table.Lost);
    }

    [Fact]
    public void What_moved_away_before_its_node_died_is_not_lost()
    {
        var table = Table(Report("a", Owner(1)), Report("b", Owner(1)));
        table.SetMembers(Dead(Members("a", "b"), "b"));
        Assert.Empty(table.Lost);
    }

    [Fact]
    public void A_new_leader_learns_from_an_earlier_view_what_the_dead_hosted()
    {
        var earlier = Table(Report("a", Owner(0)), Report("b", Owner(1)), Report("c", Owner(2))).View;
        var table = new NodeTable(2, "a");
        table.SetMembers(Dead(Members("a", "b", "c"), "b"));
        table.Apply(Report("a", Owner(0)));
        table.Remember(earlier);
        Assert.Equal([Owner(1)], table.Lost);
        table.Settle(Owner(1));
        table.Remember(earlier); // another node tells the same
        Assert.Empty(table.Lost);
    }

    [Fact]
    public void A_restarted_node_replaces_its_dead_namesake_in_the_view()
    {
        var table = Table(Report("a"), Report("b", Owner(1)));
        var reborn = Node("b") with { Address = "b:2" };
        table.SetMembers([.. Dead(Members("a", "b"), "b"), reborn]);
        Assert.Equal(["a:1", "b:2"], table.View.Nodes.Select(node => node.Address));
        Assert.Equal([Owner(1)], table.Lost);
    }
}
