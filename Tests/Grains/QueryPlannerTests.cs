using JadeVector.Grains.Cluster;
using JadeVector.Grains.Interfaces;
using JadeVector.Grains.Routing;
using JadeVector.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace JadeVector.Tests.Grains;

public sealed class QueryPlannerTests
{
    private const string Id = "db_00000000000000000000000000";

    private static readonly TimeSpan Time = TimeSpan.FromSeconds(20);

    private readonly ManualClock _clock = new();
    private readonly FakeCopy[] _shards = [new("of shard 0"), new("of shard 1")];
    private readonly QueryPlanner _planner;

    public QueryPlannerTests()
    {
        var database = new FakeDatabaseGrain(new DatabaseDescription
        {
            Id = Id,
            Settings = new DatabaseSettings { Name = "n", Dimension = 1 },
            State = DatabaseState.Active,
            ShardMap = new ShardMap { Version = 1, Ranges = [new ShardRange(0, ulong.MaxValue / 2, 0), new ShardRange((ulong.MaxValue / 2) + 1, ulong.MaxValue, 1)] },
            CreatedAt = default,
            UpdatedAt = default,
        });
        var grains = FakeGrains.Of((Id, database), ($"{Id}/0", _shards[0]), ($"{Id}/1", _shards[1]));
        var router = new ShardRouter(grains, new FakeTable { Nodes = { "one" } }, new NodeIdentity("one", default), _clock);
        _planner = new QueryPlanner(router, new DatabaseCache(grains, _clock, NullLogger<DatabaseCache>.Instance));
    }

    [Fact]
    public void Shard_that_hangs_is_missing_from_a_partial_answer_at_the_deadline() => Run(async () =>
    {
        _shards[1].Before = Never;
        var began = _clock.GetUtcNow();
        var reply = await SearchAsync(allowPartial: true);
        Assert.Equal(["of shard 0"], reply.Hits.Select(hit => hit.Id));
        Assert.Equal([1], reply.MissingShards);
        Assert.Equal(Time, _clock.GetUtcNow() - began);
    });

    [Fact]
    public void Shard_that_hangs_is_the_reason_where_partial_answers_are_not_wanted() => Run(async () =>
    {
        _shards[1].Before = Never;
        var refusal = await Assert.ThrowsAsync<JadeException>(() => SearchAsync(allowPartial: false));
        Assert.Equal(("cluster_unavailable", 1), (refusal.Code, refusal.Shard));
    });

    [Fact]
    public void Answer_of_no_shard_at_all_is_not_partial() => Run(async () =>
    {
        _shards[0].Before = _shards[1].Before = () => throw new JadeException("shard_damaged", "flipped");
        Assert.Equal("shard_damaged", (await Assert.ThrowsAsync<JadeException>(() => SearchAsync(allowPartial: true))).Code);
    });

    private static Task Never() => new TaskCompletionSource().Task;

    private void Run(Func<Task> test) => VirtualTime.Run(_clock, test);

    private Task<SearchReply> SearchAsync(bool allowPartial) => _planner.SearchAsync(
        Id,
        new SearchQuery { Query = new byte[4], TopK = 5, AllowPartial = allowPartial, Read = new ReadOptions { Deadline = _clock.GetUtcNow() + Time } },
        default);
}
