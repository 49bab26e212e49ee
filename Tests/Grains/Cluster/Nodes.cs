using JadeVector.Grains.Cluster;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Tests.Grains.Cluster;

/// <summary>Nodes, copies and reports for the tests of this folder.</summary>
internal static class Nodes
{
    public static ClusterNode Node(string name, params HostedCopy[] copies) =>
        new() { Name = name, Address = $"{name}:1", Status = NodeStatus.Active, Copies = copies };

    public static CopyId Owner(int shard, string database = "db_a") => new(database, shard, 0);

    public static CopyId Replica(int shard, int replica, string database = "db_a") => new(database, shard, replica);

    public static HostedCopy[] Hosted(params CopyId[] copies) => [.. copies.Select(copy => new HostedCopy(copy, 100))];

    public static NodeReport Report(string name, params CopyId[] copies) =>
        new() { Name = name, Address = $"{name}:1", StartedAt = DateTimeOffset.UnixEpoch, Copies = Hosted(copies) };

    public static ClusterNode[] Members(params string[] names) => [.. names.Select(name => Node(name))];

    public static ClusterNode[] Dead(ClusterNode[] members, string name) =>
        [.. members.Select(member => member.Name == name ? member with { Status = NodeStatus.Dead } : member)];

    public static NodeTable Table(params NodeReport[] reports)
    {
        var table = new NodeTable(1, "a");
        table.SetMembers(Members([.. reports.Select(report => report.Name)]));
        foreach (var report in reports)
        {
            table.Apply(report);
        }

        return table;
    }
}
