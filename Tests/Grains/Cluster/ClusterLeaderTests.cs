using JadeVector.Grains.Cluster;
using JadeVector.Grains.Interfaces;
using JadeVector.Tests.Support;
using Xunit;
using static JadeVector.Tests.Grains.Cluster.Nodes;

namespace JadeVector.Tests.Grains.Cluster;

public sealed class ClusterLeaderTests
{
    private readonly ManualClock _clock = new();
    private readonly Copies _copies = new();

    [Fact]
    public void What_a_dead_node_hosted_is_woken_at_once_and_once()
    {
        var table = Table(Report("a"), Report("b", Owner(0), Owner(1)));
        var leader = Leader(table);
        table.SetMembers(Dead(Members("a", "b"), "b"));
        leader.Recover();
        leader.Recover();
        Assert.Equal(["wake db_a/0", "wake db_a/1"], _copies.Calls.Order());
    }

    [Fact]
    public void A_copy_that_could_not_be_woken_is_tried_again()
    {
        var table = Table(Report("a"), Report("b", Owner(0)));
        var failures = new List<CopyId>();
        var leader = new ClusterLeader(table, _copies, ClusterPace.Default, _clock, (copy, _) => failures.Add(copy));
        table.SetMembers(Dead(Members("a", "b"), "b"));
        _copies.Answer = Task.FromException(new TimeoutException());
        leader.Recover();
        Assert.Equal([Owner(0)], failures);
        _copies.Answer = Task.CompletedTask;
        leader.Recover();
        Assert.Equal(2, _copies.Calls.Count);
        Assert.Empty(table.Lost);
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("shard_damaged")]
    public void A_copy_that_cannot_live_is_not_tried_again(string code)
    {
        var table = Table(Report("a"), Report("b", Owner(0)));
        table.SetMembers(Dead(Members("a", "b"), "b"));
        _copies.Answer = Task.FromException(new JadeException(code, "so it is"));
        Leader(table).Recover();
        Assert.Empty(table.Lost);
    }

    [Fact]
    public async Task Nothing_moves_until_membership_has_settled_and_then_one_copy_at_a_time()
    {
        var table = Table(Report("a", Owner(0), Owner(1), Owner(2), Owner(3)), Report("b"));
        var leader = Leader(table);
        await leader.TidyAsync();
        Assert.Empty(_copies.Calls);
        _clock.Advance(ClusterPace.Default.Settle);
        await leader.TidyAsync();
        await leader.TidyAsync();
        var move = Assert.Single(_copies.Calls);
        Assert.EndsWith("to b:1", move);

        var moved = CopyId.Parse(move.Split(' ')[1]);
        table.Apply(Report("a", [.. Enumerable.Range(0, 4).Select(shard => Owner(shard)).Where(copy => copy != moved)]));
        table.Apply(Report("b", moved));
        await leader.TidyAsync();
        Assert.Equal(2, _copies.Calls.Count);
    }

    [Fact]
    public async Task A_move_that_never_arrives_is_given_up()
    {
        var table = Table(Report("a", Owner(0), Owner(1), Owner(2), Owner(3)), Report("b"));
        var leader = Leader(table);
        await leader.TidyAsync();
        _clock.Advance(ClusterPace.Default.Settle);
        await leader.TidyAsync();
        _clock.Advance(ClusterPace.Default.MoveTimeLimit);
        await leader.TidyAsync();
        Assert.Equal(2, _copies.Calls.Count);
    }

    [Fact]
    public async Task Missing_read_copies_are_made_where_there_is_a_node_for_them()
    {
        _copies.Replicas = 2;
        var table = Table(Report("a", Owner(0)), Report("b"));
        var leader = Leader(table);
        await leader.TidyAsync();
        Assert.Equal(["wake db_a/0/1", "wake db_a/0/2"], _copies.Calls.Order());

        table.Apply(Report("b", Replica(0, 1)));
        await leader.TidyAsync();
        Assert.Equal([Replica(0, 2)], table.View.Unplaced);
        Assert.Equal(2, _copies.Calls.Count);
    }

    [Fact]
    public async Task On_one_node_every_read_copy_is_unplaced_and_none_is_made()
    {
        _copies.Replicas = 1;
        var table = Table(Report("a", Owner(0)));
        await Leader(table).TidyAsync();
        Assert.Equal([Replica(0, 1)], table.View.Unplaced);
        Assert.Empty(_copies.Calls);
    }

    private ClusterLeader Leader(NodeTable table) =>
        new(table, _copies, ClusterPace.Default, _clock, (copy, problem) => Assert.Fail($"{copy}: {problem}"));

    private sealed class Copies : ICopies
    {
        public List<string> Calls { get; } = [];

        public Task Answer { get; set; } = Task.CompletedTask;

        public int Replicas { get; set; }

        public Task WakeAsync(CopyId copy) => Called($"wake {copy}");

        public Task MoveAsync(CopyId copy, string address) => Called($"move {copy} to {address}");

        public Task RetireAsync(CopyId copy) => Called($"retire {copy}");

        public Task<int> ReplicasOfAsync(string databaseId) => Task.FromResult(Replicas);

        private Task Called(string call)
        {
            Calls.Add(call);
            return Answer;
        }
    }
}
