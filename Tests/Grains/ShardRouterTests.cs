using JadeVector.Engine.Determinism;
using JadeVector.Grains.Cluster;
using JadeVector.Grains.Interfaces;
using JadeVector.Grains.Routing;
using JadeVector.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace JadeVector.Tests.Grains;

public sealed class ShardRouterTests
{
    private const string Id = "db_00000000000000000000000000";

    private static readonly TimeSpan Time = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly ManualClock _clock = new();
    private readonly FakeCopy[] _copies = [new("owner"), new("replica 1"), new("replica 2")];
    private readonly FakeTable _table = new() { Nodes = { "one", "two", "three" } };
    private readonly FakeDatabaseGrain _database;
    private readonly VectorStore _store;

    public ShardRouterTests()
    {
        _database = new FakeDatabaseGrain(new DatabaseDescription
        {
            Id = Id,
            Settings = new DatabaseSettings { Name = "n", Dimension = 1, ReplicationFactor = 3 },
            State = DatabaseState.Active,
            ShardMap = new ShardMap { Version = 1, Ranges = [new ShardRange(0, ulong.MaxValue, 0)] },
            CreatedAt = default,
            UpdatedAt = default,
        });
        var grains = FakeGrains.Of((Id, _database), ($"{Id}/0", _copies[0]), ($"{Id}/0/1", _copies[1]), ($"{Id}/0/2", _copies[2]));
        _store = StoreOver(grains, _table);
    }

    private FakeCopy Owner => _copies[0];

    [Theory]
    [InlineData(Consistency.Bounded)]
    [InlineData(Consistency.Strong)]
    public void Owner_that_hangs_costs_one_read_its_patience(Consistency consistency) => Run(async () =>
    {
        Assert.Equal("owner", await ReadAsync(consistency));
        var began = _clock.GetUtcNow();
        Owner.Before = Never;
        Assert.StartsWith("replica", await ReadAsync(consistency), StringComparison.Ordinal);
        Assert.Equal(Patience, _clock.GetUtcNow() - began);
        for (var i = 0; i < 10; i++)
            Assert.StartsWith("replica", await ReadAsync(consistency), StringComparison.Ordinal);
        Assert.Equal(Patience, _clock.GetUtcNow() - began);
        Assert.Equal(2, Owner.Calls);

        // Later one read finds out whether it has come back, and the next ones profit.
        Owner.Before = () => Task.CompletedTask;
        await Task.Delay(CopySuspicions.Pause, _clock);
        Assert.Equal("owner", await ReadAsync(consistency));
        Assert.Equal("owner", await ReadAsync(consistency));
    });

    [Fact]
    public void Only_one_read_at_a_time_finds_out_whether_a_copy_has_come_back() => Run(async () =>
    {
        Owner.Before = Never;
        await ReadAsync(Consistency.Bounded);
        await Task.Delay(CopySuspicions.Pause, _clock);
        var together = Enumerable.Range(0, 10).Select(_ => ReadAsync(Consistency.Bounded)).ToArray();
        Assert.Equal(9, together.Count(read => read.IsCompleted)); // the other one is being patient
        await Task.WhenAll(together);
        Assert.Equal(2, Owner.Calls);
    });

    [Fact]
    public void Owner_whose_node_is_known_to_be_gone_is_asked_last() => Run(async () =>
    {
        _table.Nodes[0] = null;
        Owner.Before = Never;
        var began = _clock.GetUtcNow();
        Assert.StartsWith("replica", await ReadAsync(Consistency.Strong), StringComparison.Ordinal);
        Assert.Equal((began, 0), (_clock.GetUtcNow(), Owner.Calls));
    });

    [Theory]
    [InlineData("cluster_unavailable")]
    [InlineData("loading")]
    [InlineData("fenced")]
    [InlineData("storage_unavailable")]
    [InlineData("shard_damaged")]
    [InlineData("overloaded")]
    public void Owner_that_fails_is_passed_over_at_once(string code) => Run(async () =>
    {
        Owner.Before = () => throw new JadeException(code, "no");
        var began = _clock.GetUtcNow();
        Assert.StartsWith("replica", await ReadAsync(Consistency.Bounded), StringComparison.Ordinal);
        Assert.Equal(began, _clock.GetUtcNow());
    });

    [Fact]
    public void Refusal_of_the_request_itself_is_the_answer() => Run(async () =>
    {
        Owner.Before = () => throw new JadeException("wrong_dimension", "no");
        Assert.Equal("wrong_dimension", (await Assert.ThrowsAsync<JadeException>(() => ReadAsync(Consistency.Bounded))).Code);
        Assert.Equal([1, 0, 0], _copies.Select(copy => copy.Calls));
    });

    [Fact]
    public void Eventual_reads_spread_over_all_copies_that_keep_up() => Run(async () =>
    {
        for (var i = 0; i < 30; i++)
            await ReadAsync(Consistency.Eventual);
        Assert.Equal([10, 10, 10], _copies.Select(copy => copy.Calls));
        _copies[1].Before = () => throw new JadeException("lagging", "behind");
        for (var i = 0; i < 30; i++)
            Assert.NotEqual("replica 1", await ReadAsync(Consistency.Eventual));
        Assert.Equal(11, _copies[1].Calls);
    });

    [Fact]
    public void Eventual_reads_stay_in_this_process_while_its_copy_serves() => Run(async () =>
    {
        _table.Nodes[2] = "four";
        for (var i = 0; i < 5; i++)
            Assert.Equal("replica 2", await ReadAsync(Consistency.Eventual));
        _copies[2].Before = () => throw new JadeException("lagging", "behind");
        Assert.NotEqual("replica 2", await ReadAsync(Consistency.Eventual));
    });

    [Fact]
    public void Slow_answer_counts_when_the_others_fail() => Run(async () =>
    {
        Owner.Before = () => Task.Delay(3 * Patience, _clock);
        _copies[1].Before = _copies[2].Before = () => throw new JadeException("loading", "not yet");
        Assert.Equal("owner", await ReadAsync(Consistency.Strong));
        Assert.Equal(1, Owner.Calls);
    });

    [Fact]
    public void Without_any_copy_the_read_ends_with_the_deadline_and_its_reason() => Run(async () =>
    {
        foreach (var copy in _copies)
            copy.Before = () => throw new JadeException("cluster_unavailable", "gone away");
        var began = _clock.GetUtcNow();
        var refusal = await Assert.ThrowsAsync<JadeException>(() => ReadAsync(Consistency.Bounded));
        Assert.Equal(("cluster_unavailable", 0), (refusal.Code, refusal.Shard));
        Assert.InRange(_clock.GetUtcNow() - began, Time / 2, Time);
    });

    [Fact]
    public void Copies_that_hang_are_waited_for_until_the_deadline_and_not_longer() => Run(async () =>
    {
        foreach (var copy in _copies)
            copy.Before = Never;
        var began = _clock.GetUtcNow();
        var refusal = await Assert.ThrowsAsync<JadeException>(() => ReadAsync(Consistency.Bounded));
        Assert.Equal(0, refusal.Shard);
        Assert.InRange(_clock.GetUtcNow() - began, Time - Patience, Time);

        _database.Description = _database.Description with { Settings = _database.Description.Settings with { ReplicationFactor = 1 } };
        began = _clock.GetUtcNow();
        refusal = await Assert.ThrowsAsync<JadeException>(() => ReadAsync(Consistency.Bounded));
        Assert.Equal(("deadline_exceeded", 0), (refusal.Code, refusal.Shard));
        Assert.Equal(Time, _clock.GetUtcNow() - began);
    });

    [Fact]
    public void Reason_of_an_earlier_try_is_told_where_the_last_one_only_ran_out_of_time() => Run(async () =>
    {
        _database.Description = _database.Description with { Settings = _database.Description.Settings with { ReplicationFactor = 1 } };
        var calls = 0;
        Owner.Before = () => ++calls < 3 ? throw new JadeException("cluster_unavailable", "gone away") : Never();
        Assert.Equal("cluster_unavailable", (await Assert.ThrowsAsync<JadeException>(() => ReadAsync(Consistency.Bounded))).Code);
        Assert.InRange(calls, 3, 6);
    });

    [Fact]
    public void Deadline_between_two_ticks_of_a_timer_is_waited_for_all_the_same() => Run(async () =>
    {
        _database.Description = _database.Description with { Settings = _database.Description.Settings with { ReplicationFactor = 1 } };
        Owner.Before = Never;
        var (began, time) = (_clock.GetUtcNow(), TimeSpan.FromMilliseconds(100.5));
        var read = _store.GetAsync(Id, ["a"], new ReadOptions { Deadline = began + time }, default);
        Assert.Equal("deadline_exceeded", (await Assert.ThrowsAsync<JadeException>(() => read)).Code);
        Assert.InRange(_clock.GetUtcNow() - began, time, time + TimeSpan.FromMilliseconds(1));
    });

    [Fact]
    public void Shard_that_comes_back_elsewhere_answers_the_read_that_waited() => Run(async () =>
    {
        _database.Description = _database.Description with { Settings = _database.Description.Settings with { ReplicationFactor = 1 } };
        var back = _clock.GetUtcNow() + TimeSpan.FromSeconds(5);
        Owner.Before = () => _clock.GetUtcNow() < back ? throw new JadeException("cluster_unavailable", "gone away") : Task.CompletedTask;
        Assert.Equal("owner", await ReadAsync(Consistency.Bounded));
        Assert.InRange(_clock.GetUtcNow() - back, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.InRange(Owner.Calls, 3, 15);
    });

    [Fact]
    public void Answer_that_is_lost_is_asked_for_again() => Run(async () =>
    {
        _database.Description = _database.Description with { Settings = _database.Description.Settings with { ReplicationFactor = 1 } };
        var calls = 0;
        Owner.Before = () => ++calls < 3 ? Never() : Task.CompletedTask;
        var began = _clock.GetUtcNow();
        Assert.Equal("owner", await ReadAsync(Consistency.Bounded));
        Assert.InRange(_clock.GetUtcNow() - began, TimeSpan.FromSeconds(4 + 8), TimeSpan.FromSeconds(13));

        calls = 0;
        Assert.Equal(WriteStatus.Created, (await WriteAsync()).Items[0].Status);
        Assert.Equal(["key/0", "key/0", "key/0"], Owner.RequestIds);
    });

    [Fact]
    public void Copies_that_all_lose_the_call_are_asked_again() => Run(async () =>
    {
        var calls = 0;
        foreach (var copy in _copies)
            copy.Before = () => ++calls <= _copies.Length ? Never() : Task.CompletedTask;
        var began = _clock.GetUtcNow();
        await ReadAsync(Consistency.Bounded);
        Assert.Equal(_copies.Length + 1, calls);
        Assert.InRange(_clock.GetUtcNow() - began, Patience, TimeSpan.FromSeconds(7));
    });

    [Fact]
    public void Calls_that_hang_are_given_up_and_the_owner_found_in_its_new_place() => Run(async () =>
    {
        foreach (var copy in _copies)
            copy.Before = Never;
        var read = ReadAsync(Consistency.Bounded);
        await Task.Delay(2 * Patience, _clock); // all are asked by now
        _table.Nodes[0] = "four";
        Owner.Before = () => Task.CompletedTask;
        _copies[1].Before = _copies[2].Before = () => throw new JadeException("loading", "not yet");
        var since = _clock.GetUtcNow();
        Assert.Equal("owner", await read);
        Assert.InRange(_clock.GetUtcNow() - since, TimeSpan.Zero, TimeSpan.FromSeconds(3));
    });

    [Fact]
    public void Replicas_without_a_node_of_their_own_are_not_asked() => Run(async () =>
    {
        var grains = FakeGrains.Of((Id, _database), ($"{Id}/0", Owner));
        var store = StoreOver(grains, new FakeTable { Nodes = { "one" } });
        Assert.Equal("owner", await ReadAsync(Consistency.Eventual, store));
    });

    [Fact]
    public void Lost_write_is_sent_again_with_its_request_id_until_it_is_known() => Run(async () =>
    {
        var calls = 0;
        Owner.Before = () => ++calls < 3 ? throw new TimeoutException("the node went away") : Task.CompletedTask;
        Assert.Equal(WriteStatus.Created, (await WriteAsync()).Items[0].Status);
        Assert.Equal(["key/0", "key/0", "key/0"], Owner.RequestIds);
    });

    [Theory]
    [InlineData("storage_unavailable")]
    [InlineData("fenced")]
    [InlineData("overloaded")]
    public void Refusal_after_a_lost_try_leaves_the_write_unknown(string code) => Run(async () =>
    {
        var calls = 0;
        Owner.Before = () => ++calls == 1 ? throw new TimeoutException("the node went away") : throw new JadeException(code, "not now");
        Assert.Equal("outcome_unknown", (await Assert.ThrowsAsync<JadeException>(WriteAsync)).Code);
        Assert.True(calls > 1, $"{calls} calls");
    });

    [Fact]
    public void Refused_write_is_not_called_unknown() => Run(async () =>
    {
        Owner.Before = () => throw new JadeException("storage_unavailable", "nothing was written");
        Assert.Equal("storage_unavailable", (await Assert.ThrowsAsync<JadeException>(WriteAsync)).Code);
        Assert.Equal(1, Owner.Calls);
    });

    [Fact]
    public void Changed_shard_map_is_read_again_and_the_read_is_planned_anew() => Run(async () =>
    {
        Owner.Before = () =>
        {
            if (Owner.Reads[^1].MapVersion == 2)
                return Task.CompletedTask;
            _database.Description = _database.Description with { ShardMap = _database.Description.ShardMap with { Version = 2 } };
            throw new JadeException("stale_map", "version 2");
        };
        Assert.Equal("owner", await ReadAsync(Consistency.Bounded));
        Assert.Equal([1L, 2L], Owner.Reads.Select(read => read.MapVersion));
        Assert.Equal(2, _database.Calls);
    });

    private VectorStore StoreOver(IGrainFactory grains, FakeTable table) => new(
        new ShardRouter(grains, table, new NodeIdentity("four", default), _clock),
        new DatabaseCache(grains, _clock, NullLogger<DatabaseCache>.Instance),
        new SeededIdSource(1));

    private static Task Never() => new TaskCompletionSource().Task;

    private void Run(Func<Task> test) => VirtualTime.Run(_clock, test);

    private async Task<string?> ReadAsync(Consistency consistency, VectorStore? store = null)
    {
        var options = new ReadOptions { Consistency = consistency, Deadline = _clock.GetUtcNow() + Time };
        return (await (store ?? _store).GetAsync(Id, ["a"], options, default))[0]!.Text;
    }

    private Task<DatabaseWriteReply> WriteAsync() => _store.WriteAsync(
        Id,
        [new VectorWrite { Kind = WriteKind.Upsert, Id = "a", Values = new byte[4] }],
        new WriteOptions { RequestId = "key", Deadline = _clock.GetUtcNow() + Time },
        default);
}
