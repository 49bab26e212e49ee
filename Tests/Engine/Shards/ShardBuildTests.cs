using JadeVector.Engine.Distance;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Quantization;
using JadeVector.Engine.Shards;
using JadeVector.Tests.Support;
using Xunit;
using static JadeVector.Tests.Engine.Shards.ShardBench;

namespace JadeVector.Tests.Engine.Shards;

/// <summary>The building of a segment's index by checkpoints and compactions: in slices, the same ones each time, that can be given up and counted.</summary>
public sealed class ShardBuildTests
{
    private const int RowCount = 1_500;

    public static TheoryData<ShardIndexKind> Kinds => [ShardIndexKind.Hnsw, ShardIndexKind.Ivf, ShardIndexKind.Lsh, ShardIndexKind.Flat];

    public static TheoryData<ShardIndexKind> KindsThatAreBuilt => [ShardIndexKind.Hnsw, ShardIndexKind.Ivf, ShardIndexKind.Lsh];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Compaction_tells_rows_done_of_rows_from_the_first_to_the_last(ShardIndexKind kind)
    {
        var work = new ObservedWorkScheduler();
        await using var bench = await CreateAsync(ConfigOf(kind), work);
        var shard = await FilledAsync(bench);
        await Write(shard, [.. Enumerable.Range(0, 100).Select(i => Delete($"v{i}"))]);
        await shard.CheckpointAsync(default);
        Assert.Null(shard.Stats.Compaction);

        var seen = Watch(work, () => shard.Stats.Compaction);
        await shard.CompactAsync(default);
        Assert.Equal(RowCount - 100, Assert.Single(seen.Select(progress => progress.Rows).Distinct()));
        Assert.Equal(seen.Select(progress => progress.RowsDone).Order(), seen.Select(progress => progress.RowsDone));
        Assert.Equal((0, RowCount - 100), (seen[0].RowsDone, seen[^1].RowsDone));
        if (kind is not ShardIndexKind.Flat)
            Assert.True(seen.Count(progress => progress.RowsDone > 0 && progress.RowsDone < progress.Rows) >= 2, string.Join(", ", seen));
        Assert.Null(shard.Stats.Compaction);
    }

    [Theory]
    [MemberData(nameof(KindsThatAreBuilt))]
    public async Task Checkpoint_tells_rows_done_of_rows_too(ShardIndexKind kind)
    {
        var work = new ObservedWorkScheduler();
        await using var bench = await CreateAsync(ConfigOf(kind), work);
        var shard = await bench.OpenAsync();
        await WriteRowsAsync(shard);
        var seen = Watch(work, () => shard.Stats.Checkpoint);
        await shard.CheckpointAsync(default);
        Assert.Equal(RowCount, Assert.Single(seen.Select(progress => progress.Rows).Distinct()));
        Assert.Equal(seen.Select(progress => progress.RowsDone).Order(), seen.Select(progress => progress.RowsDone));
        Assert.Equal(RowCount, seen[^1].RowsDone);
        Assert.Null(shard.Stats.Checkpoint);
    }

    /// <summary>Whichever slice is the last: no other begins, and the shard is as if nothing had been tried.</summary>
    [Theory]
    [MemberData(nameof(KindsThatAreBuilt))]
    public async Task Compaction_that_is_cancelled_ends_with_the_slice_that_runs_and_changes_nothing(ShardIndexKind kind)
    {
        var work = new ObservedWorkScheduler();
        await using var bench = await CreateAsync(ConfigOf(kind), work);
        var shard = await FilledAsync(bench);
        foreach (var last in (int[])[1, 4, 9])
        {
            using var enough = new CancellationTokenSource();
            var before = work.BackgroundCount;
            work.BeforeBackground = () =>
            {
                if (shard.Stats.Compaction is null)
                    before = work.BackgroundCount; // still the checkpoint that comes first, or the count of the rows
                else if (work.BackgroundCount - before == last)
                    enough.Cancel();
            };
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => shard.CompactAsync(enough.Token));
            Assert.InRange(work.BackgroundCount - before, last, last + 1);
            work.BeforeBackground = null;
            Assert.Equal((2, 0L), (shard.Stats.SegmentCount, shard.Stats.CompactionCount));
            Assert.Null(shard.Stats.Compaction);
            Assert.Equal(2, bench.Store.Names(bench.Address.SegmentPrefix).Count(name => name.EndsWith("/rows", StringComparison.Ordinal)));
        }

        await shard.CompactAsync(default);
        Assert.Equal((1, RowCount), (shard.Stats.SegmentCount, (int)shard.Stats.RowCount));
    }

    [Theory]
    [InlineData(ShardIndexKind.Ivf)]
    [InlineData(ShardIndexKind.Lsh)]
    public async Task Others_get_their_turn_while_cells_or_tables_are_built(ShardIndexKind kind)
    {
        var work = new ObservedWorkScheduler();
        await using var bench = await CreateAsync(ConfigOf(kind), work);
        var shard = await FilledAsync(bench);
        var (turns, isInside) = (0, false);
        work.BeforeBackground = () =>
        {
            if (isInside || shard.Stats.Compaction is not { RowsDone: > 0 } progress || progress.RowsDone == progress.Rows)
                return;
            isInside = true;
            Assert.True(work.RunAsync(JadeVector.Engine.Determinism.WorkKind.Background, () => ++turns, default).IsCompletedSuccessfully);
            isInside = false;
        };
        await shard.CompactAsync(default);
        Assert.True(turns >= 2, $"{turns} turns");
    }

    /// <summary>One lane and one seed: the stored bytes do not depend on where the slices end.</summary>
    [Theory]
    [MemberData(nameof(KindsThatAreBuilt))]
    public async Task Segments_are_the_same_bytes_however_the_work_was_sliced(ShardIndexKind kind)
    {
        var some = await CompactedAsync(kind, linkSliceRows: 64);
        Assert.Equal(some, await CompactedAsync(kind, linkSliceRows: 64));
        Assert.Equal(some, await CompactedAsync(kind, linkSliceRows: 7));
    }

    private static async Task<byte[]> CompactedAsync(ShardIndexKind kind, int linkSliceRows)
    {
        await using var bench = await CreateAsync(ConfigOf(kind));
        var shard = await FilledAsync(bench, new ShardOptions { CheckpointLogFrames = int.MaxValue, LinkSliceRows = linkSliceRows });
        await shard.CompactAsync(default);
        var name = Assert.Single(bench.Store.Names(bench.Address.SegmentPrefix), name => name.EndsWith("/rows", StringComparison.Ordinal));
        return (await bench.Store.GetAsync(name, default))!.Bytes.ToArray();
    }

    private static List<BuildProgress> Watch(ObservedWorkScheduler work, Func<BuildProgress?> progress)
    {
        var seen = new List<BuildProgress>();
        work.BeforeBackground = () =>
        {
            if (progress() is { } now)
                seen.Add(now);
        };
        return seen;
    }

    // Dimensions enough that the work on cells and tables is more than one slice.
    private static ShardConfig ConfigOf(ShardIndexKind kind) => kind switch
    {
        ShardIndexKind.Ivf => ShardConfig.ForCells(96, Metric.Euclidean, lists: 128, codeComponents: 2, probes: 8),
        ShardIndexKind.Lsh => ShardConfig.ForTables(96, Metric.Euclidean, tables: 64, functions: 12, probes: 8),
        _ => ShardBench.ConfigOf(96, index: kind) with { Codes = kind is ShardIndexKind.Hnsw ? VectorCodes.Int8 : VectorCodes.None },
    };

    private static async Task<Shard> FilledAsync(ShardBench bench, ShardOptions? options = null)
    {
        var shard = await bench.OpenAsync(options);
        await WriteRowsAsync(shard, checkpointAt: RowCount / 2);
        await shard.CheckpointAsync(default);
        Assert.Equal(2, shard.Stats.SegmentCount);
        return shard;
    }

    private static async Task WriteRowsAsync(Shard shard, int checkpointAt = -1)
    {
        var random = new Random(5);
        foreach (var chunk in Enumerable.Range(0, RowCount).Chunk(250))
        {
            if (chunk[0] == checkpointAt)
                await shard.CheckpointAsync(default);
            await Write(shard, [.. chunk.Select(i => Put($"v{i}", [.. Enumerable.Range(0, 96).Select(_ => random.NextSingle())]))]);
        }
    }
}
