using JadeVector.Engine.Distance;
using JadeVector.Engine.Shards;
using JadeVector.Tests.Support;
using Xunit;
using static JadeVector.Tests.Engine.Shards.ShardBench;

namespace JadeVector.Tests.Engine.Shards;

public sealed class ShardRecallTests
{
    private const int Dimension = 16;
    private const int RowCount = 6_000;
    private const int QueryCount = 100;
    private const int K = 10;

    // What a user may expect of the defaults; a graph that is not followed, or loses its links, falls far below it.
    private const double RecallFloor = 0.95;

    [Theory]
    [InlineData(Metric.Euclidean)]
    [InlineData(Metric.Cosine)]
    public async Task Graphs_of_several_segments_find_the_nearest_together_before_and_after_a_restart(Metric metric)
    {
        await using var bench = await CreateAsync(ConfigOf(Dimension, metric), new PoolWorkScheduler(), TimeProvider.System);
        var shard = await bench.OpenAsync();
        var random = new Random(7);
        var centres = Enumerable.Range(0, 40).Select(_ => Vector(random, new float[Dimension], 10)).ToArray();
        for (var row = 0; row < RowCount; row += 500)
        {
            await Write(shard, [.. Enumerable.Range(row, 500).Select(i => Put($"v{i}", Vector(random, centres[random.Next(40)], 1)))]);
            if (row is 1000 or 2500 or 4000)
                await shard.CheckpointAsync(default);
        }

        await Write(shard, [.. Enumerable.Range(0, 200).Select(i => Delete($"v{i * 29}"))]);
        await shard.WhenLinkedAsync(default);
        var queries = Enumerable.Range(0, QueryCount).Select(_ => Vector(random, centres[random.Next(40)], 1)).ToArray();
        Check(shard, queries, segments: 3);
        await shard.DisposeAsync();
        shard = await bench.OpenAsync();
        await shard.WhenLinkedAsync(default);
        Check(shard, queries, segments: 3);
    }

    private static void Check(Shard shard, float[][] queries, int segments)
    {
        var found = 0;
        long distances = 0;
        foreach (var query in queries)
        {
            var outcome = shard.Search(new ShardQuery { Query = Bytes(query), TopK = K, EfSearch = 64 }, default);
            Assert.Equal(SearchStrategies.Graph, outcome.Explain.Strategy);
            Assert.Equal(segments, outcome.Explain.SegmentCount);
            Assert.Equal(0, outcome.Explain.TailRows);
            Assert.Equal(K, outcome.Hits.Count);
            distances += outcome.Explain.DistancesComputed;
            found += Ids(outcome.Hits).Intersect(Ids(Search(shard, query, K, exact: true))).Count();
        }

        Assert.True(found >= RecallFloor * K * QueryCount, $"recall {found / (double)(K * QueryCount)}");
        Assert.True(distances < 0.6 * RowCount * QueryCount, $"{distances / QueryCount} distances a query of {RowCount} rows: the graphs were not used");
    }

    [Fact]
    public async Task Tail_is_scanned_until_it_is_linked_and_explain_says_so()
    {
        var work = new GatedWorkScheduler();
        await using var bench = await CreateAsync(ConfigOf(Dimension), work, TimeProvider.System);
        var shard = await bench.OpenAsync();
        var random = new Random(3);
        WriteItem[] Rows(string prefix, int count) => [.. Enumerable.Range(0, count).Select(i => Put($"{prefix}{i}", Vector(random, new float[Dimension], 5)))];
        await Write(shard, Rows("a", 1000));
        await shard.WhenLinkedAsync(default);
        Assert.Equal(SearchStrategies.Graph, Explain(shard).Strategy);
        work.Close();
        await Write(shard, Rows("b", 10));
        Assert.Equal((SearchStrategies.GraphAndTail, 10L), (Explain(shard).Strategy, Explain(shard).TailRows));
        Assert.Contains("b7", Ids(Search(shard, BitsOf(Get(shard, "b7")!), 1)));
        Assert.False(shard.WhenLinkedAsync(default).IsCompleted);
        work.Open();
        await shard.WhenLinkedAsync(default);
        Assert.Equal((SearchStrategies.Graph, 1010L), (Explain(shard).Strategy, Explain(shard).VectorCount));
    }

    [Fact]
    public async Task Empty_shard_answers_empty_and_k_may_exceed_the_count()
    {
        await using var bench = await CreateAsync(ConfigOf(Dimension));
        var shard = await bench.OpenAsync();
        var nothing = shard.Search(new ShardQuery { Query = Bytes(new float[Dimension]), TopK = 10 }, default);
        Assert.Empty(nothing.Hits);
        Assert.Equal(SearchStrategies.Empty, nothing.Explain.Strategy);
        await Write(shard, Put("b", new float[Dimension]), Put("a", new float[Dimension]));
        Assert.Equal(["a", "b"], Ids(Search(shard, new float[Dimension], ShardLimits.TopKMax)));
        await Write(shard, Delete("a"), Delete("b"));
        Assert.Equal(SearchStrategies.Empty, Explain(shard).Strategy);
    }

    [Fact]
    public async Task Ties_are_in_order_of_id_even_at_the_last_place()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        foreach (var id in (string[])["d", "b", "e", "a", "c"])
        {
            await Write(shard, Put(id, [1, 0]));
            if (id is "b" or "a")
                await shard.CheckpointAsync(default);
        }

        Assert.Equal(["a", "b", "c"], Ids(Search(shard, [0, 0], 3)));
    }

    [Fact]
    public async Task Cancelled_search_and_passed_deadline_end_as_such()
    {
        var clock = new ManualClock();
        await using var bench = await CreateAsync(clock: clock);
        var shard = await bench.OpenAsync();
        await Write(shard, Put("a", [1, 0]));
        var query = new ShardQuery { Query = Bytes(0, 0), TopK = 1 };
        Assert.ThrowsAny<OperationCanceledException>(() => shard.Search(query, new CancellationToken(canceled: true)));
        var late = Assert.Throws<JadeVector.Engine.RefusalException>(() => shard.Search(query with { Deadline = clock.GetUtcNow() }, default));
        Assert.Equal(JadeVector.Engine.RefusalCodes.DeadlineExceeded, late.Code);
    }

    [Fact]
    public async Task Threshold_leaves_out_what_is_less_similar()
    {
        await using var bench = await CreateAsync(ConfigOf(2, Metric.Cosine));
        var shard = await bench.OpenAsync();
        await Write(shard, Put("same", [2, 0]), Put("half", [1, 1]), Put("none", [0, 1]));
        var hits = shard.Search(new ShardQuery { Query = Bytes(1, 0), TopK = 10, Threshold = 0.5f }, default).Hits;
        Assert.Equal(["same", "half"], Ids(hits));
    }

    private static SearchExplain Explain(Shard shard) => shard.Search(new ShardQuery { Query = Bytes(new float[Dimension]), TopK = K }, default).Explain;

    private static float[] BitsOf(VectorRow row) => [.. Enumerable.Range(0, Dimension).Select(i => BitConverter.ToSingle(row.Values!, i * sizeof(float)))];

    private static float[] Vector(Random random, float[] centre, float spread) =>
        [.. centre.Select(c => c + (spread * (float)(random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5)))];
}
