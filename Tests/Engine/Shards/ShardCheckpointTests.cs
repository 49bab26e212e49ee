using System.Diagnostics;
using JadeVector.Engine;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;
using JadeVector.Tests.Support;
using Xunit;
using static JadeVector.Tests.Engine.Shards.ShardBench;

namespace JadeVector.Tests.Engine.Shards;

public sealed class ShardCheckpointTests
{
    [Theory]
    [InlineData(BlobOperation.UploadWrite, "/rows")]
    [InlineData(BlobOperation.UploadCommit, "/rows")]
    [InlineData(BlobOperation.OpenLocal, "/rows")]
    [InlineData(BlobOperation.UploadCommit, "/deletes-")]
    [InlineData(BlobOperation.UploadCommit, "/requests/")]
    [InlineData(BlobOperation.Put, "manifest")]
    public async Task Deletes_and_updates_during_a_checkpoint_never_resurface(BlobOperation operation, string blob)
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        await Write(shard, Put("old", [0, 1]), Put("old2", [0, 2]));
        await shard.CheckpointAsync(default);
        await Write(shard, [.. Enumerable.Range(0, 10).Select(i => Put($"v{i}", [i, 0]))]);
        await Write(shard, Delete("v0"), Delete("old"));

        var held = bench.Store.Hold(operation, blob);
        var checkpoint = shard.CheckpointAsync(default);
        await held.Entered;
        await Write(shard, Delete("v1"), Put("v2", [2, 9]), Delete("old2"), Put("new", [7, 7]));
        Expect(shard);
        held.Release();
        await checkpoint;

        Expect(shard);
        await shard.DisposeAsync();
        shard = await bench.OpenAsync();
        Expect(shard);
        await shard.CheckpointAsync(default);
        await shard.DisposeAsync();
        Expect(await bench.OpenAsync());

        static void Expect(Shard shard)
        {
            Assert.Equal(["v3", "v4", "v5", "v6", "v7", "v8", "v9", "v2", "new"], shard.List(null, 0, 100, false, false).Rows.Select(r => r.IdText));
            Assert.Equal(9, Search(shard, [0, 0], 100).Count);
            Assert.Null(Get(shard, "v1"));
            Assert.Null(Get(shard, "old2"));
            Assert.Equal(Bytes(2, 9), Get(shard, "v2")!.Values);
        }
    }

    [Fact]
    public async Task Restart_after_a_checkpoint_reads_segments_and_no_covered_log()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        for (var i = 0; i < 20; i++)
            await Write(shard, Put($"v{i}", [i, 0], $$"""{"i":{{i}}}"""));
        await shard.CheckpointAsync(default);
        Assert.Single(bench.Store.Names(bench.Address.LogPrefix));
        await Write(shard, Put("after", [100, 0]));
        await shard.DisposeAsync();

        shard = await bench.OpenAsync();
        var stats = shard.Stats;
        Assert.Equal((1, 21L, 21ul, 20ul), (stats.SegmentCount, stats.VectorCount, stats.Sequence, stats.CoveredSequence));
        Assert.Equal("""{"i":7}""", System.Text.Encoding.UTF8.GetString(Get(shard, "v7")!.Metadata!));
        Assert.Equal(["v0", "v1", "v2"], Ids(Search(shard, [0, 0], 3)));
    }

    [Fact]
    public async Task Checkpoint_without_anything_new_writes_nothing()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        await Write(shard, Put("a", [1, 0]));
        await shard.CheckpointAsync(default);
        var names = bench.Store.Names();
        await shard.CheckpointAsync(default);
        Assert.Equal(names, bench.Store.Names());
    }

    [Theory]
    [InlineData(BlobOperation.UploadCommit, "/rows", BlobFault.FailBefore)]
    [InlineData(BlobOperation.UploadCommit, "/rows", BlobFault.LoseAnswer)]
    [InlineData(BlobOperation.UploadCommit, "/requests/", BlobFault.FailBefore)]
    [InlineData(BlobOperation.OpenLocal, "/rows", BlobFault.FailBefore)]
    public async Task Failed_checkpoint_loses_nothing_and_the_next_one_makes_up_for_it(BlobOperation operation, string blob, BlobFault fault)
    {
        await using var bench = await CreateAsync(clock: new ManualClock { JumpMax = TimeSpan.FromSeconds(2) });
        var shard = await bench.OpenAsync();
        await Write(shard, Put("a", [1, 0]), Put("b", [2, 0]));
        bench.Store.Fail(operation, blob, fault);
        Assert.Equal(RefusalCodes.StorageUnavailable, (await Assert.ThrowsAsync<RefusalException>(() => shard.CheckpointAsync(default))).Code);
        Assert.NotNull(shard.Stats.LastError);
        await Write(shard, Delete("a"), Put("c", [3, 0]));
        Assert.Equal(["b", "c"], Ids(Search(shard, [0, 0], 10)));

        await shard.CheckpointAsync(default);
        Assert.Null(shard.Stats.LastError);
        Assert.Equal(2, shard.Stats.SegmentCount);
        await shard.DisposeAsync();
        Assert.Equal(["b", "c"], Ids(Search(await bench.OpenAsync(), [0, 0], 10)));
    }

    [Fact]
    public async Task Manifest_swap_whose_answer_is_lost_takes_effect_once()
    {
        await using var bench = await CreateAsync(clock: new ManualClock { JumpMax = TimeSpan.FromSeconds(2) });
        var shard = await bench.OpenAsync();
        await Write(shard, Put("a", [1, 0]), Put("b", [2, 0]));
        bench.Store.Fail(BlobOperation.Put, "manifest", BlobFault.LoseAnswer);
        await shard.CheckpointAsync(default);
        Assert.Equal(1, shard.Stats.SegmentCount);
        await shard.DisposeAsync();
        Assert.Equal(["a", "b"], Ids(Search(await bench.OpenAsync(), [0, 0], 10)));
    }

    [Fact]
    public async Task Checkpoint_starts_by_itself_when_memory_is_full_and_again_after_a_failure()
    {
        var clock = new ManualClock();
        await using var bench = await CreateAsync(ConfigOf(64, index: ShardIndexKind.Flat), clock: clock);
        var shard = await bench.OpenAsync(new ShardOptions { CheckpointSizeBytes = ShardLimits.CheckpointSizeBytesMin });
        bench.Store.Fail(BlobOperation.UploadCommit, "/rows", BlobFault.FailBefore);
        var written = 0;
        await WriteUntil(() => shard.Stats.LastError is not null);
        Assert.Equal(0, shard.Stats.CheckpointCount);
        clock.Advance(new ShardOptions().CheckpointRetryDelay);
        await WriteUntil(() => shard.Stats.CheckpointCount > 0);

        Assert.Null(shard.Stats.LastError);
        Assert.Equal(written, shard.Stats.VectorCount);
        await shard.DisposeAsync();
        Assert.Equal(written, (await bench.OpenAsync()).Stats.VectorCount);

        async Task WriteUntil(Func<bool> reached)
        {
            // The writes set it off; it runs on the pool, which other tests may keep busy: give it time, not more rows.
            var since = Stopwatch.StartNew();
            for (var i = 0; !reached() && since.Elapsed < TimeSpan.FromSeconds(60); i++)
            {
                if (i < 2000)
                    await Write(shard, Put($"v{written++}", [.. Enumerable.Repeat(1f, 64)]));
                else
                    await Task.Yield();
            }

            Assert.True(reached());
        }
    }

    [Fact]
    public async Task Checkpoint_starts_by_itself_when_a_restart_would_replay_many_small_batches()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync(new ShardOptions { CheckpointLogFrames = 20 });
        for (var i = 0; i < 19; i++)
            await Write(shard, Put($"v{i}", [i, 0]));
        Assert.Equal((0, 0), (shard.Stats.SegmentCount, shard.Stats.CheckpointCount));
        await Write(shard, Put("v19", [19, 0]));
        for (var since = Stopwatch.StartNew(); shard.Stats.CheckpointCount == 0 && since.Elapsed < TimeSpan.FromSeconds(60);)
            await Task.Yield(); // it runs on the pool

        Assert.Equal((1, 1), (shard.Stats.SegmentCount, shard.Stats.CheckpointCount));
        await shard.DisposeAsync();
        Assert.Equal(20, (await bench.OpenAsync()).Stats.VectorCount);
    }

    [Fact]
    public async Task Opening_while_the_owner_makes_a_checkpoint_starts_over_with_the_new_manifest()
    {
        await using var bench = await CreateAsync();
        var owner = await bench.OpenAsync();
        await Write(owner, Put("a", [1, 0]), Put("b", [2, 0]));
        await owner.CheckpointAsync(default);
        await Write(owner, Delete("a"));
        await owner.CheckpointAsync(default);
        await Write(owner, Put("c", [3, 0]));

        var held = bench.Store.Hold(BlobOperation.Read, "/requests/");
        var opening = bench.OpenAsync();
        await held.Entered;
        await Write(owner, Delete("b"));
        await owner.CheckpointAsync(default); // deletes the requests and deletes that the opener has read of
        held.Release();

        Assert.Equal(["c"], Ids(Search(await opening, [0, 0], 10)));
    }

    [Fact]
    public async Task Damaged_segment_is_reported_by_name()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        await Write(shard, Put("a", [1, 0]));
        await shard.CheckpointAsync(default);
        await shard.DisposeAsync();
        var blob = Assert.Single(bench.Store.Names(bench.Address.SegmentPrefix), n => n.EndsWith("/rows", StringComparison.Ordinal));
        bench.Store.FlipBit(blob, 300);

        var refusal = await Assert.ThrowsAsync<RefusalException>(() => bench.OpenAsync());
        Assert.Equal(RefusalCodes.ShardDamaged, refusal.Code);
        Assert.Contains(blob, refusal.Message, StringComparison.Ordinal);
    }
}
