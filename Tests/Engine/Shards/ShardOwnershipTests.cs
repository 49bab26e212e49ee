using JadeVector.Engine;
using JadeVector.Engine.Shards;
using JadeVector.Tests.Support;
using Xunit;
using static JadeVector.Tests.Engine.Shards.ShardBench;

namespace JadeVector.Tests.Engine.Shards;

public sealed class ShardOwnershipTests
{
    private readonly ManualClock _clock = new();

    [Fact]
    public async Task Stale_owner_is_fenced_and_its_verified_reads_stop()
    {
        await using var bench = await CreateAsync(clock: _clock);
        var old = await bench.OpenAsync();
        await Write(old, Put("a", [1, 0]));
        await old.EnsureReadableAsync(ReadGuarantee.Strong, 0, DateTimeOffset.MaxValue, default);
        var next = await bench.OpenAsync();
        await Write(next, Put("a", [2, 0]));

        Assert.Equal(RefusalCodes.Fenced, (await Assert.ThrowsAsync<RefusalException>(() => Ensure(old, ReadGuarantee.Strong))).Code);
        Assert.Equal(RefusalCodes.Fenced, (await Assert.ThrowsAsync<RefusalException>(() => Write(old, Put("b", [3, 0])))).Code);
        Assert.True(old.MustReopen);
        await Ensure(old, ReadGuarantee.Eventual);
        await Ensure(next, ReadGuarantee.Strong);
        Assert.Equal(["a"], next.List(null, 0, 10, false, false).Rows.Select(r => r.IdText));
    }

    [Fact]
    public async Task Bounded_reads_of_a_cut_off_owner_stop_within_the_bound()
    {
        await using var bench = await CreateAsync(clock: _clock);
        var old = await bench.OpenAsync();
        await Write(old, Put("a", [1, 0]));
        await Write(await bench.OpenAsync(), Put("a", [2, 0]));

        await Ensure(old, ReadGuarantee.Bounded);
        _clock.Advance(TimeSpan.FromSeconds(1.1));
        Assert.Equal(RefusalCodes.Fenced, (await Assert.ThrowsAsync<RefusalException>(() => Ensure(old, ReadGuarantee.Bounded))).Code);
    }

    [Fact]
    public async Task Opening_and_reading_fence_nobody_and_see_what_the_owner_has_written()
    {
        await using var bench = await CreateAsync(clock: _clock);
        var owner = await bench.OpenAsync();
        await Write(owner, Put("a", [1, 0]));
        var reader = await bench.OpenAsync();
        await Write(owner, Put("b", [2, 0]));
        Assert.Null(Get(reader, "b"));

        await Ensure(reader, ReadGuarantee.Strong);
        Assert.NotNull(Get(reader, "b"));
        await Write(owner, Put("c", [3, 0]));
        await reader.EnsureReadableAsync(ReadGuarantee.Eventual, 3, DateTimeOffset.MaxValue, default);
        Assert.NotNull(Get(reader, "c"));
    }

    [Fact]
    public async Task Writes_of_the_previous_owner_after_our_opening_are_applied_before_our_first()
    {
        await using var bench = await CreateAsync(clock: _clock);
        var old = await bench.OpenAsync();
        await Write(old, Put("a", [1, 0]));
        var next = await bench.OpenAsync();
        await Write(old, Put("a", [2, 0]), Put("b", [2, 0]));

        var outcome = await Write(next, Put("b", [3, 0], ifVersion: 0), Put("a", [3, 0], ifVersion: 2));

        Assert.Equal([new(WriteItemStatus.VersionConflict, 3), new WriteItemOutcome(WriteItemStatus.Replaced, 4)], outcome.Items);
    }

    [Fact]
    public async Task Readers_that_arrive_together_share_one_check()
    {
        await using var bench = await CreateAsync(clock: _clock);
        var shard = await bench.OpenAsync();
        await Write(shard, Put("a", [1, 0]));
        _clock.Advance(TimeSpan.FromMinutes(1));
        var held = bench.Store.Hold(BlobOperation.Get, "manifest");
        var before = bench.Store.History.Count(h => h.Operation is BlobOperation.Get);
        var first = Ensure(shard, ReadGuarantee.Strong);
        await held.Entered;
        var strong = Enumerable.Range(0, 50).Select(_ => Ensure(shard, ReadGuarantee.Strong)).ToArray();
        var bounded = Enumerable.Range(0, 50).Select(_ => Ensure(shard, ReadGuarantee.Bounded)).ToArray();
        held.Release();
        await Task.WhenAll([first, .. strong, .. bounded]);

        // One that had begun before they came, and one for all strong ones that came later.
        Assert.Equal(2, bench.Store.History.Count(h => h.Operation is BlobOperation.Get) - before);
    }

    [Fact]
    public async Task Sequence_that_never_comes_ends_with_the_deadline()
    {
        var clock = new ManualClock { JumpMax = TimeSpan.FromSeconds(1) };
        await using var bench = await CreateAsync(clock: clock);
        var shard = await bench.OpenAsync();
        var refusal = await Assert.ThrowsAsync<RefusalException>(() => shard.EnsureReadableAsync(ReadGuarantee.Eventual, 99, clock.GetUtcNow() + TimeSpan.FromSeconds(3), default));
        Assert.Equal(RefusalCodes.DeadlineExceeded, refusal.Code);
    }

    [Fact]
    public async Task Closed_shard_refuses_and_a_new_one_takes_over()
    {
        await using var bench = await CreateAsync(clock: _clock);
        var shard = await bench.OpenAsync();
        await Write(shard, Put("a", [1, 0]));
        await shard.DisposeAsync();
        Assert.Equal(RefusalCodes.Loading, Assert.Throws<RefusalException>(() => Search(shard, [0, 0], 1)).Code);
        Assert.Equal(RefusalCodes.Loading, (await Assert.ThrowsAsync<RefusalException>(() => Write(shard, Put("b", [1, 0])))).Code);
        Assert.NotNull(Get(await bench.OpenAsync(), "a"));
    }

    [Fact]
    public async Task Strong_read_sees_a_write_that_is_in_the_log_and_whose_answer_is_late()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        await Write(shard, Put("a", [1, 0]));
        var answer = new TaskCompletionSource();
        bench.Store.OnAfter = (operation, _) => operation == BlobOperation.Append ? answer.Task : Task.CompletedTask;
        var write = Write(shard, Put("b", [2, 0]));
        var copy = await bench.OpenAsync();
        Assert.NotNull(Get(copy, "b")); // whoever reads the log sees it already
        var read = ReadAsync();
        Assert.False(read.IsCompleted);
        bench.Store.OnAfter = null;
        answer.SetResult();
        Assert.True(await read);
        await write;

        async Task<bool> ReadAsync()
        {
            await Ensure(shard, ReadGuarantee.Strong);
            return Get(shard, "b") is not null;
        }
    }

    private static Task Ensure(Shard shard, ReadGuarantee guarantee) => shard.EnsureReadableAsync(guarantee, 0, DateTimeOffset.MaxValue, default);
}
