using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;
using JadeVector.Tests.Support;
using Xunit;
using static JadeVector.Tests.Engine.Shards.ShardBench;

namespace JadeVector.Tests.Engine.Shards;

/// <summary>Real threads over the store in memory: what readers see while batches, linking and checkpoints go on.</summary>
public sealed class ShardConcurrencyTests
{
    private const int GroupSize = 5;
    private const int RoundsPerCheckpoint = 25;
    private const int CheckpointCount = 15;
    private const int ReadCount = 200;

    [Theory]
    [InlineData(ShardIndexKind.Hnsw)]
    [InlineData(ShardIndexKind.Flat)]
    public async Task Readers_see_whole_batches_only_while_checkpoints_come_and_go(ShardIndexKind index)
    {
        await using var bench = await CreateAsync(ConfigOf(4, index: index), new PoolWorkScheduler(), TimeProvider.System);
        var shard = await bench.OpenAsync(new ShardOptions { LinkSliceRows = 3 });
        await WriteRound(shard, 0);
        using var done = new CancellationTokenSource();
        var enough = Enumerable.Range(0, 2).Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).ToArray();
        var readers = Enumerable.Range(0, 2).Select(n => OnItsOwnThread(() => Read(shard, n, enough[n], done.Token))).ToArray();
        var round = 0;
        for (var i = 0; i < CheckpointCount; i++)
        {
            // Paced by the checkpoints: writers that outrun the linking would give each of them more to do than the one before.
            var checkpoint = shard.CheckpointAsync(default);
            for (var j = 0; j < RoundsPerCheckpoint; j++)
                await WriteRound(shard, ++round);
            await checkpoint;
        }

        await Task.WhenAny(Task.WhenAll(enough.Select(e => e.Task)), Task.WhenAny(readers));
        await done.CancelAsync();
        await Task.WhenAll(readers);
        // One that waits for a compaction takes in what the next one would have found.
        Assert.InRange(shard.Stats.CheckpointCount, CheckpointCount / 2, CheckpointCount);
        CheckState(shard);
        await shard.DisposeAsync();
        shard = await bench.OpenAsync();
        Assert.Equal(round, Generation(Get(shard, "v0")!));
        CheckState(shard);
    }

    /// <summary>Every round replaces all vectors of the group, and adds and deletes one that only lives for the round.</summary>
    private static Task<WriteOutcome> WriteRound(Shard shard, int round) => Write(
        shard,
        [.. Enumerable.Range(0, GroupSize).Select(i => Put($"v{i}", [round, i, 0, 0])), Put($"r{round}", [round, 99, 0, 0]), Delete($"r{round - 1}")]);

    private static void Read(Shard shard, int reader, TaskCompletionSource enough, CancellationToken done)
    {
        var reads = 0;
        var last = 0;
        while (!done.IsCancellationRequested)
        {
            var generation = reader == 0 ? CheckState(shard) : Generation(Get(shard, "v3")!);
            Assert.True(generation >= last, $"Generation {generation} came after {last}.");
            last = generation;
            if (++reads == ReadCount)
                enough.SetResult();
        }
    }

    /// <summary>Readers that never wait would take the pool's few threads away from all other tests.</summary>
    private static Task OnItsOwnThread(Action work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static int CheckState(Shard shard)
    {
        var hits = Search(shard, [0, 0, 0, 0], 100, exact: true);
        Assert.Equal(GroupSize + 1, hits.Count);
        var generations = hits.Select(h => Generation(h.Vector)).Distinct();
        var page = shard.List(null, 0, 100, true, false);
        Assert.Equal(GroupSize + 1, page.Rows.Count);
        Assert.Single(page.Rows.Select(Generation).Distinct());
        return Assert.Single(generations);
    }

    private static int Generation(VectorRow row) => (int)BitConverter.ToSingle(row.Values);

    [Fact]
    public async Task Writers_side_by_side_get_every_sequence_number_once_and_lose_nothing()
    {
        await using var bench = await CreateAsync(ConfigOf(4), new PoolWorkScheduler(), TimeProvider.System);
        var shard = await bench.OpenAsync(new ShardOptions { CheckpointSizeBytes = ShardLimits.CheckpointSizeBytesMin });
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            var sequences = new List<ulong>();
            for (var i = 0; i < 100; i++)
                sequences.Add((await Write(shard, Put($"w{writer}-{i}", [writer, i, 0, 0]))).Sequence);
            return sequences;
        })));
        Assert.Equal(Enumerable.Range(1, 800).Select(s => (ulong)s), outcomes.SelectMany(s => s).Order());
        Assert.All(outcomes, s => Assert.Equal(s.Order(), s));
        await shard.DisposeAsync();
        Assert.Equal(800, (await bench.OpenAsync()).Stats.VectorCount);
    }

    [Fact]
    public void Replaced_parts_are_freed_when_the_last_reader_has_left()
    {
        var freed = 0;
        var part = new WatchedPart(() => freed++);
        var first = new PartSet([part]);
        Assert.True(first.TryRetain()); // a reader begins
        var second = new PartSet([part]);
        first.Release(); // replaced: the shard lets go
        second.Release(); // closed
        Assert.Equal(0, freed);

        first.Release(); // the reader ends
        Assert.Equal(1, freed);
        Assert.False(first.TryRetain());
    }
}
