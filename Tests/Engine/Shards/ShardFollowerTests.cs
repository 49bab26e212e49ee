using JadeVector.Engine;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;
using JadeVector.Tests.Support;
using Xunit;
using static JadeVector.Tests.Engine.Shards.ShardBench;

namespace JadeVector.Tests.Engine.Shards;

public sealed class ShardFollowerTests
{
    private static readonly FollowerOptions Pace = new();

    private readonly ManualClock _clock = new();

    [Fact]
    public void Writes_show_within_the_pause() => Run(async (bench, owner, follower) =>
    {
        await Pass(TimeSpan.FromSeconds(10));
        await Write(owner, Put("a", [1, 0]));
        Assert.Empty(await ReadAsync(follower, ReadGuarantee.Eventual));
        await Pass(Pace.PauseMax);
        Assert.Equal(["a"], await ReadAsync(follower, ReadGuarantee.Eventual));

        // While writes come it looks more often.
        for (var i = 0; i < 20; i++)
        {
            await Write(owner, Put("a", [i, 0]));
            await Pass(Pace.PauseMin / 2);
        }

        await Write(owner, Put("b", [2, 0]), Delete("a"));
        await Pass(Pace.PauseMin);
        Assert.Equal(["b"], await ReadAsync(follower, ReadGuarantee.Eventual));
    });

    [Fact]
    public void Quiet_log_costs_one_question_at_a_time_and_the_manifest_now_and_then() => Run(async (bench, owner, follower) =>
    {
        await Write(owner, Put("a", [1, 0]));
        await Pass(TimeSpan.FromSeconds(10));
        var before = bench.Store.History.Count;
        await Pass(TimeSpan.FromSeconds(10));
        var asked = bench.Store.History.Skip(before).Select(h => h.Operation).CountBy(o => o).ToDictionary();
        Assert.Equal([BlobOperation.Get, BlobOperation.GetLength], asked.Keys.Order());
        Assert.InRange(asked[BlobOperation.GetLength], 18, 20);
        Assert.InRange(asked[BlobOperation.Get], 1, 2);
    });

    [Theory]
    [InlineData(ReadGuarantee.Strong)]
    [InlineData(ReadGuarantee.Bounded)]
    public void Verified_read_misses_nothing_that_was_acknowledged_before_it(ReadGuarantee guarantee) => Run(async (bench, owner, follower) =>
    {
        await Pass(TimeSpan.FromSeconds(2));
        await Write(owner, Put("a", [1, 0]));
        Assert.Equal(["a"], await ReadAsync(follower, guarantee));
        await owner.DisposeAsync(); // as when its node dies
        Assert.Equal(["a"], await ReadAsync(follower, guarantee));
        var next = await bench.OpenAsync();
        await Write(next, Put("b", [2, 0]));
        await Pass(TimeSpan.FromSeconds(1.1));
        Assert.Equal(["a", "b"], await ReadAsync(follower, guarantee));
    });

    [Fact]
    public void Read_waits_for_the_sequence_that_it_must_see() => Run(async (bench, owner, follower) =>
    {
        var waiting = follower.EnsureReadableAsync(ReadGuarantee.Eventual, 1, _clock.GetUtcNow() + TimeSpan.FromSeconds(3), default);
        await Pass(TimeSpan.FromSeconds(1));
        Assert.False(waiting.IsCompleted);
        await Write(owner, Put("a", [1, 0]));
        await waiting;
        Assert.Equal(["a"], Ids(follower.Search(All(2), default).Hits));
        await Refused(RefusalCodes.DeadlineExceeded, () => follower.EnsureReadableAsync(ReadGuarantee.Eventual, 9, _clock.GetUtcNow() + TimeSpan.FromSeconds(3), default));
    });

    [Fact]
    public void Checkpoint_that_drops_logs_before_they_were_read_is_followed_from_its_segments() => Run(async (bench, owner, follower) =>
    {
        await Write(owner, Put("a", [1, 0]));
        await Pass(TimeSpan.FromSeconds(1));
        await Write(owner, Put("a", [2, 0]), Put("b", [3, 0]));
        await owner.CheckpointAsync(default);
        await Write(owner, Put("c", [4, 0]));
        Assert.Equal(["a"], await ReadAsync(follower, ReadGuarantee.Eventual)); // no outage in between
        await Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(["a", "b", "c"], await ReadAsync(follower, ReadGuarantee.Eventual));
        Assert.Equal(1, follower.Stats.SegmentCount);
    });

    [Fact]
    public void Memory_that_a_checkpoint_turned_into_segments_is_let_go() => Run(async (bench, owner, follower) =>
    {
        for (var i = 0; i < 20; i++)
            await Write(owner, Put($"v{i}", [i, 1]));
        await Pass(TimeSpan.FromSeconds(1));
        var before = follower.Stats;
        await owner.CheckpointAsync(default);
        await Write(owner, Delete("v3"));
        await Pass(Pace.ManifestPause + TimeSpan.FromSeconds(1));
        var after = follower.Stats;
        Assert.Equal((0, 1), (before.SegmentCount, after.SegmentCount));
        Assert.Equal(19, (await ReadAsync(follower, ReadGuarantee.Strong)).Length);
        Assert.Equal(owner.Stats.Sequence, after.Sequence);
        Assert.True(after.CoveredSequence == 20, $"covered {after.CoveredSequence}");
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void New_owner_is_followed_without_opening_the_shard_anew(bool logIsEmpty) => Run(async (bench, owner, follower) =>
    {
        await Write(owner, Put("a", [1, 0]));
        if (logIsEmpty)
            await owner.CheckpointAsync(default);
        await Pass(Pace.ManifestPause + TimeSpan.FromSeconds(1));
        var opened = bench.Store.History.Count(h => h.Operation is BlobOperation.OpenLocal);
        for (var term = 0; term < 3; term++)
        {
            await Write(await bench.OpenAsync(), Put($"b{term}", [2, term]));
            await Pass(TimeSpan.FromSeconds(1));
            Assert.Contains($"b{term}", await ReadAsync(follower, ReadGuarantee.Eventual));
        }

        Assert.Equal(4ul, follower.Stats.Epoch);
        var segments = logIsEmpty ? 3 : 0; // by the three owners alone
        Assert.Equal(opened + segments, bench.Store.History.Count(h => h.Operation is BlobOperation.OpenLocal));
    });

    [Fact]
    public void Fence_without_a_new_owner_stops_nothing() => Run(async (bench, owner, follower) =>
    {
        await Write(owner, Put("a", [1, 0]));
        await Pass(TimeSpan.FromSeconds(1));
        bench.Store.Fail(BlobOperation.Put, "manifest", BlobFault.FailBefore, times: int.MaxValue);
        var next = await bench.OpenAsync();
        var claim = Write(next, Put("b", [2, 0])); // fences, and cannot swap
        await Pass(TimeSpan.FromSeconds(5));
        Assert.Equal(["a"], await ReadAsync(follower, ReadGuarantee.Strong));
        bench.Store.ForgetFaults();
        await claim;
        await Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(["a", "b"], await ReadAsync(follower, ReadGuarantee.Eventual));
    });

    [Fact]
    public void Reads_are_refused_while_the_store_is_away_and_come_back_with_it() => Run(async (bench, owner, follower) =>
    {
        await Write(owner, Put("a", [1, 0]));
        await Pass(TimeSpan.FromSeconds(1));
        bench.Store.Unavailable = true;
        Assert.Equal(["a"], await ReadAsync(follower, ReadGuarantee.Eventual));
        await Pass(Pace.LagMax + Pace.PauseMax);
        await Refused(RefusalCodes.Lagging, () => ReadAsync(follower, ReadGuarantee.Eventual));
        await Refused(RefusalCodes.DeadlineExceeded, () => follower.EnsureReadableAsync(ReadGuarantee.Strong, 0, _clock.GetUtcNow() + TimeSpan.FromSeconds(2), default));
        Assert.True(follower.Lag > Pace.LagMax);
        bench.Store.Unavailable = false;
        await Write(owner, Put("b", [2, 0]));
        await Pass(TimeSpan.FromMinutes(1));
        Assert.Equal(["a", "b"], await ReadAsync(follower, ReadGuarantee.Eventual));
        Assert.Null(follower.Problem);
    });

    [Fact]
    public void Damaged_frame_is_never_applied_and_is_reported_by_name() => Run(async (bench, owner, follower) =>
    {
        await Write(owner, Put("a", [1, 0]));
        await Pass(TimeSpan.FromSeconds(1));
        await Write(owner, Put("b", [2, 0]));
        var log = Assert.Single(bench.Store.Names(bench.Address.LogPrefix));
        bench.Store.FlipBit(log, bench.Store.Peek(log).Length - 1);

        var refusal = await Refused(RefusalCodes.ShardDamaged, () => ReadAsync(follower, ReadGuarantee.Strong));
        Assert.Contains(log, refusal.Message);
        Assert.Equal(["a"], await ReadAsync(follower, ReadGuarantee.Eventual));
        await Pass(Pace.LagMax + TimeSpan.FromSeconds(2));
        await Refused(RefusalCodes.ShardDamaged, () => ReadAsync(follower, ReadGuarantee.Eventual));
        Assert.Equal(RefusalCodes.ShardDamaged, follower.Problem?.Code);
    });

    [Fact]
    public void Log_that_has_lost_its_end_is_a_store_that_was_rolled_back() => Run(async (bench, owner, follower) =>
    {
        await Write(owner, Put("a", [1, 0]));
        var log = Assert.Single(bench.Store.Names(bench.Address.LogPrefix));
        var length = bench.Store.Peek(log).Length;
        await Write(owner, Put("b", [2, 0]));
        Assert.Equal(["a", "b"], await ReadAsync(follower, ReadGuarantee.Strong));
        bench.Store.Truncate(log, length);
        await Refused(RefusalCodes.StoreRolledBack, () => ReadAsync(follower, ReadGuarantee.Strong));
    });

    [Fact]
    public void Deleted_shard_is_gone_for_its_followers() => Run(async (bench, owner, follower) =>
    {
        await Write(owner, Put("a", [1, 0]));
        await Pass(TimeSpan.FromSeconds(1));
        await ShardManifests.MarkDeletingAsync(bench.Context, bench.Address, default);
        await Refused(RefusalCodes.Gone, () => ReadAsync(follower, ReadGuarantee.Strong));
        await ShardManifests.RemoveAsync(bench.Context, bench.Address, default);
        await Pass(Pace.LagMax + TimeSpan.FromSeconds(1));
        await Refused(RefusalCodes.Gone, () => ReadAsync(follower, ReadGuarantee.Eventual));
        Assert.True(follower.MustReopen);
    });

    [Fact]
    public async Task Readers_go_on_while_the_shard_is_opened_anew_again_and_again()
    {
        await using var bench = await CreateAsync(work: new PoolWorkScheduler(), clock: _clock);
        var owner = await bench.OpenAsync();
        await Write(owner, Put("a", [1, 0]));
        await using var follower = await ShardFollower.OpenAsync(bench.Context, bench.Address, new ShardOptions(), Pace, default);
        using var enough = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
        {
            var reads = 0;
            for (ulong last = 0; !enough.IsCancellationRequested; reads++)
            {
                var sequence = follower.Search(All(2), default).Explain.Sequence;
                Assert.True(sequence >= last, $"sequence {sequence} after {last}");
                last = sequence;
            }

            return reads;
        })).ToArray();
        for (var i = 0; i < 100; i++)
        {
            await Write(owner, Put("a", [i, 0]));
            await owner.CheckpointAsync(default);
            await follower.EnsureReadableAsync(ReadGuarantee.Strong, 0, DateTimeOffset.MaxValue, default);
        }

        await enough.CancelAsync();
        Assert.All(await Task.WhenAll(readers), reads => Assert.True(reads > 0));
    }

    private void Run(Func<ShardBench, Shard, ShardFollower, Task> test) => VirtualTime.Run(_clock, async () =>
    {
        await using var bench = await CreateAsync(clock: _clock);
        var owner = await bench.OpenAsync();
        await using var follower = await ShardFollower.OpenAsync(bench.Context, bench.Address, new ShardOptions(), Pace, default);
        await test(bench, owner, follower);
    });

    /// <summary>A little more than that passes, so that what is due then has been done.</summary>
    private Task Pass(TimeSpan time) => Task.Delay(time + TimeSpan.FromMilliseconds(1), _clock);

    private async Task<string[]> ReadAsync(ShardFollower follower, ReadGuarantee guarantee)
    {
        await follower.EnsureReadableAsync(guarantee, 0, DateTimeOffset.MaxValue, default);
        return [.. Ids(follower.Search(All(2), default).Hits).Order(StringComparer.Ordinal)];
    }

    private static ShardQuery All(int dimension) => new() { Query = Bytes(new float[dimension]), TopK = 1000, Exact = true };

    private static async Task<RefusalException> Refused(string code, Func<Task> call)
    {
        var refusal = await Assert.ThrowsAsync<RefusalException>(call);
        Assert.Equal(code, refusal.Code);
        return refusal;
    }
}
