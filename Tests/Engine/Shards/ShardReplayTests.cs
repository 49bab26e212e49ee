using JadeVector.Engine.Distance;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;
using JadeVector.Engine.Snapshots;
using JadeVector.Tests.Support;
using Xunit;
using static JadeVector.Tests.Engine.Shards.ShardBench;

namespace JadeVector.Tests.Engine.Shards;

/// <summary>What a log replaces or deletes itself costs nothing once it has been read back.</summary>
public sealed class ShardReplayTests
{
    private const int Ids = 25;

    [Theory]
    [InlineData(Metric.Euclidean, ShardIndexKind.Hnsw)]
    [InlineData(Metric.Cosine, ShardIndexKind.Hnsw)]
    [InlineData(Metric.Euclidean, ShardIndexKind.Flat)]
    public async Task Rows_that_the_log_ends_itself_are_neither_linked_nor_written(Metric metric, ShardIndexKind index)
    {
        await using var bench = await CreateAsync(ConfigOf(2, metric, index));
        var shard = await bench.OpenAsync();
        await OverwriteAsync(shard, rounds: 40);
        await Write(shard, Delete("v1"), Delete("v3"));
        var expected = Content(shard);
        Assert.Equal(40L * Ids, shard.Stats.RowCount);
        await shard.DisposeAsync();

        shard = await bench.OpenAsync();
        Assert.Equal((Ids - 2, Ids - 2L, (40UL * Ids) + 2), (shard.Stats.RowCount, shard.Stats.VectorCount, shard.Stats.Sequence));
        Assert.Equal(expected, Content(shard));
        await shard.WhenLinkedAsync(default);
        Assert.Equal(0, shard.Stats.TailRows);
        Assert.Equal(Ids - 2, Search(shard, [1, 1], 100).Count);

        await shard.CheckpointAsync(default);
        Assert.Equal((1, Ids - 2L), (shard.Stats.SegmentCount, shard.Stats.RowCount));
        Assert.DoesNotContain(bench.Store.Names(), n => n.Contains("/deletes-", StringComparison.Ordinal));
        Assert.Equal(expected, Content(shard));
        await shard.DisposeAsync();
        Assert.Equal(expected, Content(await bench.OpenAsync()));
    }

    /// <summary>So many that they are let go of while the log is still read, and of vectors that are in a segment, too.</summary>
    [Fact]
    public async Task Long_log_over_a_segment_leaves_what_is_live_and_the_ends_of_the_segments_rows()
    {
        await using var bench = await CreateAsync(ConfigOf(index: ShardIndexKind.Flat));
        var shard = await bench.OpenAsync();
        await Write(shard, [.. Enumerable.Range(0, Ids).Select(i => Put($"v{i}", [i, -1])), Put("stays", [-5, -5]), Put("goes", [-6, -6])]);
        await shard.CheckpointAsync(default);
        await Write(shard, Delete("goes"));
        await OverwriteAsync(shard, rounds: 500);
        var expected = Content(shard);
        await shard.DisposeAsync();

        shard = await bench.OpenAsync();
        Assert.Equal((Ids + 2) + Ids, shard.Stats.RowCount); // the segment's, dead or not, and the log's
        Assert.Equal(expected, Content(shard));
        Assert.Null(Get(shard, "goes"));
        await shard.CompactAsync(default);
        Assert.Equal(Ids + 1, shard.Stats.RowCount);
        await shard.DisposeAsync();
        Assert.Equal(expected, Content(await bench.OpenAsync()));
    }

    [Fact]
    public async Task Log_of_nothing_but_dead_rows_leaves_an_empty_shard_and_a_checkpoint_without_a_segment()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        await OverwriteAsync(shard, rounds: 3);
        await Write(shard, [.. Enumerable.Range(0, Ids).Select(i => Delete($"v{i}"))]);
        await shard.DisposeAsync();

        shard = await bench.OpenAsync();
        Assert.Equal((0L, 0L), (shard.Stats.RowCount, shard.Stats.VectorCount));
        await shard.CheckpointAsync(default);
        Assert.Equal((0, 4UL * Ids), (shard.Stats.SegmentCount, shard.Stats.CoveredSequence));
        await Write(shard, Put("v1", [7, 7]));
        await shard.DisposeAsync();
        Assert.Equal([("v1", (4UL * Ids) + 1, Convert.ToHexString(Bytes(7, 7)))], Content(await bench.OpenAsync()));
    }

    [Fact]
    public async Task Versions_conditions_and_request_ids_are_what_they_were()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        var first = await shard.WriteAsync(Batch(Put("v0", [1, 1]), Put("gone", [1, 1])) with { RequestId = "once" }, default);
        await OverwriteAsync(shard, rounds: 4);
        await Write(shard, Delete("gone"));
        var version = Get(shard, "v0")!.Version;
        await shard.DisposeAsync();

        shard = await bench.OpenAsync();
        Assert.Equal(Ids, shard.Stats.RowCount);
        var again = await shard.WriteAsync(Batch(Put("v0", [1, 1]), Put("gone", [1, 1])) with { RequestId = "once" }, default);
        Assert.Equal(first.Items, again.Items);
        Assert.Null(Get(shard, "gone"));
        var outcome = await Write(shard, Put("v0", [2, 2], ifVersion: version - 1), Put("v0", [3, 3], ifVersion: version), Put("gone", [4, 4], mustExist: true), Delete("gone"));
        Assert.Equal([WriteItemStatus.VersionConflict, WriteItemStatus.Replaced, WriteItemStatus.NotFound, WriteItemStatus.NotFound], outcome.Items.Select(i => i.Status));
        Assert.Equal(version, outcome.Items[0].Version);
        Assert.Equal(WriteItemStatus.Created, (await Write(shard, Put("gone", [5, 5]))).Items[0].Status);
    }

    [Fact]
    public async Task Moment_at_which_a_row_lived_that_was_let_go_of_can_still_be_restored()
    {
        var clock = new ManualClock();
        await using var bench = await CreateAsync(clock: clock);
        var shard = await bench.OpenAsync();
        await OverwriteAsync(shard, rounds: 2);
        var (expected, moment) = (Content(shard), clock.GetUtcNow().ToUnixTimeMilliseconds());
        clock.Advance(TimeSpan.FromSeconds(10));
        await OverwriteAsync(shard, rounds: 5);
        await shard.DisposeAsync();

        shard = await bench.OpenAsync();
        Assert.Equal(Ids, shard.Stats.RowCount);
        await shard.PinAsync("kept", default);
        await shard.CompactAsync(default);
        var to = new ShardAddress("db_moment", 0);
        await ShardManifests.CreateAsync(bench.Context, to, new ShardBirth(0, ulong.MaxValue, 1, bench.Config), default);
        await ShardRestore.RestoreAsync(bench.Context, bench.Address, "kept", to, share: false, moment, default);
        await using var restored = await Shard.OpenAsync(bench.Context, to, new ShardOptions(), default);
        Assert.Equal(expected, Content(restored));
    }

    /// <summary>
    /// A node that is killed again and again after so much background work that it suffices for what is live and a checkpoint, and not for
    /// every row of a log that is due for one: the log must not grow from life to life.
    /// </summary>
    [Fact]
    public async Task Log_stays_bounded_when_no_life_is_long_enough_to_link_all_of_it()
    {
        const int Lives = 12, RoundsPerLife = 4, BackgroundWorkMax = 150, LogFrames = 20 * Ids;
        await using var bench = await CreateAsync();
        var options = new ShardOptions { CheckpointLogFrames = LogFrames, LinkSliceRows = 1 };
        var abandoned = new List<Shard>();
        for (var life = 0; life < Lives; life++)
        {
            var shard = await Shard.OpenAsync(bench.Context with { Work = new MortalWorkScheduler(BackgroundWorkMax) }, bench.Address, options, default);
            abandoned.Add(shard); // not closed before all is over
            await OverwriteAsync(shard, RoundsPerLife);
            Assert.InRange(shard.Stats.Sequence - shard.Stats.CoveredSequence, 0UL, (ulong)LogFrames + (2 * RoundsPerLife * Ids));
        }

        foreach (var shard in abandoned)
            await shard.DisposeAsync();
        var last = await bench.OpenAsync();
        Assert.Equal((Ids, (ulong)(Lives * RoundsPerLife * Ids)), (last.Stats.VectorCount, last.Stats.Sequence));
        Assert.True(last.Stats.CoveredSequence > 0);
    }

    private static async Task OverwriteAsync(Shard shard, int rounds)
    {
        for (var round = 0; round < rounds; round++)
            await Write(shard, [.. Enumerable.Range(0, Ids).Select(i => Put($"v{i}", [i + 1, round + 1], $$"""{"round":{{round}}}""", $"text {round}"))]);
    }

    private static List<(string Id, ulong Version, string Values)> Content(Shard shard) =>
        [.. shard.List(null, 0, 1000, true, true).Rows.Select(r => (r.IdText, r.Version, Convert.ToHexString(r.Values!)))];
}
