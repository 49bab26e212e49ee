using JadeVector.Engine;
using JadeVector.Engine.Damage;
using JadeVector.Engine.Shards;
using JadeVector.Tests.Support;
using Xunit;
using static JadeVector.Tests.Engine.Shards.ShardBench;

namespace JadeVector.Tests.Engine.Shards;

public sealed class ShardCompactionTests
{
    [Fact]
    public async Task Segments_stay_few_however_many_checkpoints_there_are()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        for (var i = 0; i < 60; i++)
        {
            await Write(shard, Put($"v{i}", [i, 0], text: $"text {i}"));
            await shard.CheckpointAsync(default);
        }

        await SettledAsync(shard);
        Assert.InRange(shard.Stats.SegmentCount, 1, 12);
        Assert.True(shard.Stats.CompactionCount > 5);
        Assert.Equal(Enumerable.Range(0, 60).Select(i => $"v{i}"), shard.List(null, 0, 100, false, false).Rows.Select(r => r.IdText));
        await shard.DisposeAsync();
        shard = await bench.OpenAsync();
        Assert.Equal(60, shard.Stats.VectorCount);
        Assert.Equal("text 41", Get(shard, "v41")!.Text);
        Assert.Equal(42ul, Get(shard, "v41")!.Version);
        Assert.Equal(["v0", "v1", "v2"], Ids(Search(shard, [0, 0], 3)));
    }

    [Fact]
    public async Task Compaction_leaves_one_segment_without_the_deleted_rows_and_deletes_the_old_blobs()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        for (var i = 0; i < 3; i++)
        {
            await Write(shard, [.. Enumerable.Range(0, 10).Select(j => Put($"v{j}", [i, j]))]);
            await shard.CheckpointAsync(default);
        }

        await Write(shard, Delete("v3"), Delete("v4"));
        await shard.CompactAsync(default);
        Assert.Equal((1, 8L, 8L), (shard.Stats.SegmentCount, shard.Stats.RowCount, shard.Stats.VectorCount));
        Assert.Single(bench.Store.Names(bench.Address.SegmentPrefix));
        Assert.Null(Get(shard, "v3"));
        Assert.Equal(Bytes(2, 5), Get(shard, "v5")!.Values);
        await shard.DisposeAsync();
        shard = await bench.OpenAsync();
        Assert.Equal(["v0", "v1", "v2", "v5", "v6", "v7", "v8", "v9"], shard.List(null, 0, 100, false, false).Rows.Select(r => r.IdText));
        await Write(shard, Put("v3", [9, 9]));
        Assert.Equal(9, shard.Stats.VectorCount);
    }

    [Fact]
    public async Task Shard_whose_rows_are_all_deleted_has_no_segment_left()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        await Write(shard, Put("a", [1, 0]), Put("b", [2, 0]));
        await shard.CheckpointAsync(default);
        await Write(shard, Delete("a"), Delete("b"));
        await shard.CompactAsync(default);
        Assert.Equal((0, 0L), (shard.Stats.SegmentCount, shard.Stats.RowCount));
        Assert.Empty(bench.Store.Names(bench.Address.SegmentPrefix));
        await shard.DisposeAsync();
        shard = await bench.OpenAsync();
        Assert.Equal(0, shard.Stats.VectorCount);
        await Write(shard, Put("a", [5, 0]));
        Assert.Equal(["a"], Ids(Search(shard, [0, 0], 5)));
    }

    /// <summary>Wherever the compaction is when rows are deleted and replaced: nothing comes back, now, after a restart, or after the next one.</summary>
    [Theory]
    [InlineData(BlobOperation.UploadWrite, "/rows")]
    [InlineData(BlobOperation.UploadCommit, "/rows")]
    [InlineData(BlobOperation.OpenLocal, "/rows")]
    [InlineData(BlobOperation.Put, "manifest")]
    [InlineData(BlobOperation.Delete, "/rows")]
    public async Task Deletes_and_updates_during_a_compaction_never_resurface(BlobOperation operation, string blob)
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        for (var i = 0; i < 2; i++)
        {
            await Write(shard, [.. Enumerable.Range(5 * i, 5).Select(j => Put($"v{j}", [j, 0]))]);
            await shard.CheckpointAsync(default);
        }

        await Write(shard, Delete("v0"));
        await shard.CheckpointAsync(default);
        var held = bench.Store.Hold(operation, blob);
        var compaction = shard.CompactAsync(default);
        await held.Entered;
        await Write(shard, Delete("v1"), Put("v2", [2, 9]), Put("new", [7, 7]), Delete("v8"));
        Expect(shard);
        held.Release();
        await compaction;
        Expect(shard);
        Assert.True(shard.Stats.CoveredSequence < shard.Stats.Sequence, "The deletes are in the log, not covered yet.");

        await shard.DisposeAsync();
        shard = await bench.OpenAsync();
        Expect(shard);
        await shard.CompactAsync(default);
        Expect(shard);
        Assert.Equal(8, shard.Stats.RowCount);
        await shard.DisposeAsync();
        Expect(await bench.OpenAsync());

        static void Expect(Shard shard)
        {
            Assert.Equal(["v3", "v4", "v5", "v6", "v7", "v9", "v2", "new"], shard.List(null, 0, 100, false, false).Rows.Select(r => r.IdText));
            Assert.Equal(8, Search(shard, [0, 0], 100).Count);
            Assert.Null(Get(shard, "v1"));
            Assert.Equal(Bytes(2, 9), Get(shard, "v2")!.Values);
        }
    }

    [Fact]
    public async Task Checkpoint_during_a_compaction_goes_ahead_and_both_count()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        for (var i = 0; i < 2; i++)
        {
            await Write(shard, Put($"v{i}", [i, 0]), Put($"x{i}", [i, 1]));
            await shard.CheckpointAsync(default);
        }

        var held = bench.Store.Hold(BlobOperation.UploadCommit, "/rows");
        var compaction = shard.CompactAsync(default);
        await held.Entered;
        await Write(shard, Put("late", [9, 0]), Delete("x0"));
        await shard.CheckpointAsync(default); // stores a delete of a segment that is being compacted
        Assert.Equal(3, shard.Stats.SegmentCount);
        held.Release();
        await compaction;
        Assert.Equal(["v0", "v1", "x1", "late"], shard.List(null, 0, 10, false, false).Rows.Select(r => r.IdText).OrderBy(i => i == "late" ? "z" : i));
        await shard.DisposeAsync();
        shard = await bench.OpenAsync();
        Assert.Equal(4, shard.Stats.VectorCount);
        Assert.Null(Get(shard, "x0"));
    }

    [Theory]
    [InlineData(BlobOperation.UploadCommit, "/rows", BlobFault.FailBefore)]
    [InlineData(BlobOperation.UploadCommit, "/rows", BlobFault.LoseAnswer)]
    [InlineData(BlobOperation.OpenLocal, "/rows", BlobFault.FailBefore)]
    [InlineData(BlobOperation.Put, "manifest", BlobFault.LoseAnswer)]
    [InlineData(BlobOperation.Put, "manifest", BlobFault.FailBefore)]
    [InlineData(BlobOperation.Delete, "/rows", BlobFault.FailBefore)]
    public async Task Failure_during_a_compaction_loses_nothing_and_the_next_one_makes_up_for_it(BlobOperation operation, string blob, BlobFault fault)
    {
        await using var bench = await CreateAsync(clock: new ManualClock { JumpMax = TimeSpan.FromSeconds(2) });
        var shard = await bench.OpenAsync();
        for (var i = 0; i < 2; i++)
        {
            await Write(shard, Put($"v{i}", [i, 0]));
            await shard.CheckpointAsync(default);
        }

        bench.Store.Fail(operation, blob, fault);
        if (operation is BlobOperation.UploadCommit or BlobOperation.OpenLocal)
            Assert.Equal(RefusalCodes.StorageUnavailable, (await Assert.ThrowsAsync<RefusalException>(() => shard.CompactAsync(default))).Code);
        else
            await shard.CompactAsync(default);
        Assert.Equal(["v0", "v1"], Ids(Search(shard, [0, 0], 10)));
        await shard.CompactAsync(default);
        Assert.Equal(1, shard.Stats.SegmentCount);
        await shard.DisposeAsync();
        Assert.Equal(["v0", "v1"], Ids(Search(await bench.OpenAsync(), [0, 0], 10)));
    }

    [Fact]
    public async Task Compaction_of_unknown_outcome_is_settled_by_the_next_checkpoint()
    {
        await using var bench = await CreateAsync(clock: new ManualClock { JumpMax = TimeSpan.FromSeconds(2) });
        var shard = await CompactedWithoutAnswerAsync(bench);
        Assert.Equal(RefusalCodes.Conflict, (await Assert.ThrowsAsync<RefusalException>(() => shard.CompactAsync(default))).Code);

        await Write(shard, Delete("v0"), Put("v2", [2, 0]));
        await shard.CompactAsync(default);
        Assert.Equal(1, shard.Stats.SegmentCount);
        Assert.Equal(["v1", "v2"], Ids(Search(shard, [0, 0], 10)));
        Assert.Equal(1, bench.Store.Names(bench.Address.SegmentPrefix).Count(n => n.EndsWith("/rows", StringComparison.Ordinal)));
        await shard.DisposeAsync();
        Assert.Equal(["v1", "v2"], Ids(Search(await bench.OpenAsync(), [0, 0], 10)));
    }

    [Fact]
    public async Task What_an_owner_works_with_stays_when_a_state_is_kept_after_a_compaction_of_unknown_outcome()
    {
        await using var bench = await CreateAsync(clock: new ManualClock { JumpMax = TimeSpan.FromSeconds(2) });
        var shard = await CompactedWithoutAnswerAsync(bench);
        await shard.PinAsync("kept", default);
        await Write(shard, Put("v2", [2, 0]));
        await shard.CheckpointAsync(default);
        await shard.DisposeAsync();
        var reopened = await bench.OpenAsync();
        Assert.Equal(["v0", "v1", "v2"], Ids(Search(reopened, [0, 0], 10)));
        await reopened.UnpinAsync("kept", default);
        Assert.DoesNotContain(await ShardVerifier.VerifyAsync(bench.Context, bench.Address, default), finding => finding.IsDamage);
    }

    /// <summary>Two segments become one by a swap that takes effect and that nobody hears of, and the owner goes on with the two: whatever comes next must not lose a row.</summary>
    private static async Task<Shard> CompactedWithoutAnswerAsync(ShardBench bench)
    {
        var shard = await bench.OpenAsync();
        for (var i = 0; i < 2; i++)
        {
            await Write(shard, Put($"v{i}", [i, 0]));
            await shard.CheckpointAsync(default);
        }

        bench.Store.OnAfter = (operation, name) =>
        {
            if (operation is not BlobOperation.Put)
                return Task.CompletedTask;
            bench.Store.Fail(BlobOperation.Get, "manifest", BlobFault.FailBefore, times: int.MaxValue); // nor can it be asked what happened
            throw new JadeVector.Engine.Blobs.BlobStoreException("the answer is lost");
        };
        Assert.Equal(RefusalCodes.StorageUnavailable, (await Assert.ThrowsAsync<RefusalException>(() => shard.CompactAsync(default))).Code);
        bench.Store.OnAfter = null;
        bench.Store.ForgetFaults();
        return shard;
    }

    [Fact]
    public async Task Reader_that_began_before_a_compaction_sees_what_it_began_with()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        await Write(shard, Put("a", [1, 0]), Put("b", [2, 0]));
        await shard.CheckpointAsync(default);
        var reader = await bench.OpenAsync(); // another node, say: it owns nothing
        await Write(shard, Delete("a"), Put("b", [3, 0]));
        await shard.CompactAsync(default);
        Assert.Equal(["a", "b"], Ids(Search(reader, [0, 0], 10)));
        Assert.Equal(Bytes(2, 0), Get(reader, "b")!.Values);
    }

    [Fact]
    public async Task Memory_and_disk_go_down_after_deletes_by_themselves()
    {
        const int Rows = 4000;
        await using var bench = await CreateAsync(ConfigOf(64));
        var shard = await bench.OpenAsync(new ShardOptions { LinkSliceRows = 1000 });
        for (var i = 0; i < Rows; i += 100)
            await Write(shard, [.. Enumerable.Range(i, 100).Select(j => Put($"v{j}", [.. Enumerable.Repeat((float)j, 64)]))]);
        await shard.CheckpointAsync(default);
        await SettledAsync(shard);
        var (diskBefore, before) = (DiskBytes(bench), shard.Stats);

        for (var i = 0; i < Rows * 9 / 10; i += 100)
            await Write(shard, [.. Enumerable.Range(i, 100).Select(j => Delete($"v{j}"))]);
        await SettledAsync(shard);

        Assert.Equal(Rows / 10, shard.Stats.VectorCount);
        Assert.InRange(shard.Stats.RowCount, Rows / 10, Rows / 2);
        Assert.InRange(shard.Stats.MappedBytes + shard.Stats.NativeBytes, 1, (before.MappedBytes + before.NativeBytes) / 2);
        Assert.InRange(DiskBytes(bench), 1, diskBefore / 2);
        await shard.CompactAsync(default);
        Assert.Equal(Rows / 10, shard.Stats.RowCount);
        Assert.InRange(DiskBytes(bench), 1, diskBefore / 8);
    }

    [Fact]
    public async Task Writers_that_outrun_linking_wait_and_are_refused_at_last()
    {
        var work = new GatedWorkScheduler();
        var clock = new ManualClock();
        await using var bench = await CreateAsync(ConfigOf(64), work, clock);
        var shard = await bench.OpenAsync(new ShardOptions { TailSizeBytesMax = ShardLimits.CheckpointSizeBytesMin });
        work.Close();
        var rows = (int)(ShardLimits.CheckpointSizeBytesMin / (64 * sizeof(float)));
        await Write(shard, [.. Enumerable.Range(0, rows + 1).Select(j => Put($"v{j}", [.. Enumerable.Repeat((float)j, 64)]))]);

        var refused = Write(shard, Put("refused", new float[64]));
        var waits = Write(shard, Put("waits", new float[64]));
        clock.Advance(new ShardOptions().BacklogWaitMax);
        Assert.Equal(RefusalCodes.Overloaded, (await Assert.ThrowsAsync<RefusalException>(() => refused)).Code);
        Assert.Equal(RefusalCodes.Overloaded, (await Assert.ThrowsAsync<RefusalException>(() => waits)).Code);
        Assert.Null(Get(shard, "refused"));

        // The clock stands: it is told that there is room.
        var admitted = Write(shard, Put("admitted", new float[64]));
        Assert.False(admitted.IsCompleted);
        work.Open();
        await admitted;
        Assert.NotNull(Get(shard, "admitted"));
    }

    /// <summary>An upkeep of one's own comes after whatever is under way.</summary>
    private static async Task SettledAsync(Shard shard)
    {
        await shard.CheckpointAsync(default);
        await shard.WhenUpkeepEndsAsync();
    }

    private static long DiskBytes(ShardBench bench) => bench.Store.Names(bench.Address.Prefix).Sum(n => (long)bench.Store.Peek(n).Length);
}
