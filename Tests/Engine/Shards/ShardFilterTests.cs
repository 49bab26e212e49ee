using System.Text;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Filters;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Quantization;
using JadeVector.Engine.Shards;
using Xunit;
using static JadeVector.Tests.Engine.Shards.ShardBench;

namespace JadeVector.Tests.Engine.Shards;

public sealed class ShardFilterTests
{
    private const int Dimension = 8;
    private const int K = 10;

    /// <summary>Most of these searches compare every match; only those that walk a graph may miss a few rows.</summary>
    private const double RecallFloor = 0.97;

    [Theory]
    [InlineData(ShardIndexKind.Hnsw, VectorCodes.None)]
    [InlineData(ShardIndexKind.Hnsw, VectorCodes.Int8)]
    [InlineData(ShardIndexKind.Hnsw, VectorCodes.OneBit)]
    [InlineData(ShardIndexKind.Flat, VectorCodes.None)]
    public async Task Filtered_search_finds_the_nearest_matches_at_any_selectivity_before_and_after_a_restart(ShardIndexKind index, VectorCodes codes)
    {
        await using var bench = await CreateAsync(ConfigOf(Dimension, Metric.Euclidean, index) with { Codes = codes });
        var shard = await bench.OpenAsync();
        var model = new ShardModel(Metric.Euclidean);
        var random = new Random(5);
        await FillAsync(shard, model, random);
        await shard.WhenLinkedAsync(default);
        Check(shard, model, random);
        await shard.DisposeAsync();
        shard = await bench.OpenAsync();
        await shard.WhenLinkedAsync(default);
        Check(shard, model, random);
    }

    [Fact]
    public async Task Explain_tells_the_strategy_and_what_was_estimated()
    {
        await using var bench = await CreateAsync(ConfigOf(Dimension));
        var shard = await bench.OpenAsync();
        await Write(shard, [.. Enumerable.Range(0, 4_096).Select(i => Put($"v{i}", Values(new Random(i)), $$"""{"n":{{i}},"even":{{(i % 2 == 0 ? "true" : "false")}}}"""))]);
        await shard.WhenLinkedAsync(default);
        Assert.Equal((SearchStrategies.FilteredNone, 0, 0), Explain(shard, """{"n":-1}"""));
        Assert.Equal((SearchStrategies.FilteredNone, 0, 0), Explain(shard, """{"nowhere":{"$exists":true}}"""));
        Assert.Equal((SearchStrategies.FilteredExact, 3, 3), Explain(shard, """{"n":[1,2,3]}"""));
        Assert.Equal((SearchStrategies.FilteredGraph, 4_000, 4_000), Explain(shard, """{"n":{"$lt":4000}}"""));
        Assert.Equal((SearchStrategies.FilteredGraph, 2_000, 2_000), Explain(shard, """{"n":{"$lt":4000},"even":true}"""));
        Assert.Null(shard.Search(new ShardQuery { Query = Bytes(new float[Dimension]), TopK = K }, default).Explain.Filter);
    }

    [Fact]
    public async Task With_codes_many_matches_are_compared_by_code_and_few_by_their_vectors()
    {
        await using var bench = await CreateAsync(ConfigOf(Dimension) with { Codes = VectorCodes.Int8 });
        var shard = await bench.OpenAsync();
        await Write(shard, [.. Enumerable.Range(0, 1_000).Select(i => Put($"v{i}", Values(new Random(i)), $$"""{"n":{{i}}}"""))]);
        await shard.WhenLinkedAsync(default);
        await shard.CheckpointAsync(default);
        Assert.Equal((SearchStrategies.FilteredCodes, 900, 900), Explain(shard, """{"n":{"$lt":900}}"""));
        Assert.Equal((SearchStrategies.FilteredExact, 80, 80), Explain(shard, """{"n":{"$lt":80}}"""));
    }

    [Fact]
    public async Task Indexes_of_the_growing_part_are_few_and_leave_few_rows_out()
    {
        await using var bench = await CreateAsync(ConfigOf(1, index: ShardIndexKind.Flat));
        var shard = await bench.OpenAsync();
        for (var i = 0; i < 5_000; i += 100)
            await Write(shard, [.. Enumerable.Range(i, 100).Select(n => Put($"v{n}", [n], $$"""{"n":{{n}}}"""))]);
        Assert.InRange(shard.Stats.MetadataIndexBytes, 5_000, 1_000_000);
        Assert.Equal(["v4999"], Ids(Find(shard, [0], """{"n":{"$gte":4999}}""").Hits));
        Assert.Equal(["v300", "v301"], Ids(Find(shard, [0], """{"n":{"$gte":300,"$lte":301}}""").Hits));
        Assert.Equal(new FilterExplain(1 + (5_000 % GrowingIndexes.BlockRowsMin), 1), Find(shard, [0], """{"n":77}""").Explain.Filter);
        await shard.CheckpointAsync(default);
        Assert.Equal(0, shard.Stats.MetadataIndexBytes);
        Assert.Equal(new FilterExplain(1, 1), Find(shard, [0], """{"n":77}""").Explain.Filter);
    }

    private static async Task FillAsync(Shard shard, ShardModel model, Random random)
    {
        for (var i = 0; i < 3_000; i += 100)
        {
            var batch = Batch([.. Enumerable.Range(i, 100).Select(n => Put($"v{n}", Values(random), $$"""{"n":{{n}},"rare":{{(n % 500 == 0 ? "true" : "false")}},"half":{{(n % 2 == 0 ? "true" : "false")}}}"""))]);
            model.Apply(batch);
            await shard.WriteAsync(batch, default);
            if (i is 1_000 or 2_000)
                await shard.CheckpointAsync(default);
        }

        var changes = Batch([.. Enumerable.Range(0, 100).Select(n => Delete($"v{n * 7}")), .. Enumerable.Range(0, 50).Select(n => Put($"v{n * 11}", Values(random), """{"half":true}"""))]);
        model.Apply(changes);
        await shard.WriteAsync(changes, default);
    }

    private static void Check(Shard shard, ShardModel model, Random random)
    {
        int found = 0, expected = 0;
        foreach (var filter in (string[])["""{"half":true}""", """{"n":{"$gte":300}}""", """{"rare":true}""", """{"n":{"$lt":40}}""", """{"n":{"$gte":2990},"half":true}""", """{"nowhere":1}"""])
        {
            var parsed = Filter.Parse(Encoding.UTF8.GetBytes(filter));
            for (var i = 0; i < 10; i++)
            {
                var query = Values(random);
                var nearest = model.Nearest(query, K, entry => parsed.Matches(entry.Metadata, default)).Select(each => each.Id).ToArray();
                var hits = Find(shard, query, filter).Hits;
                Assert.Equal(nearest.Length, hits.Count);
                Assert.All(hits, hit => Assert.True(parsed.Matches(hit.Vector.Metadata, default)));
                found += Ids(hits).Intersect(nearest).Count();
                expected += nearest.Length;
            }
        }

        Assert.True(found >= RecallFloor * expected, $"{found} of {expected}");
    }

    private static SearchOutcome Find(Shard shard, float[] query, string filter) => shard.Search(
        new ShardQuery { Query = Bytes(query), TopK = K, Filter = Filter.Parse(Encoding.UTF8.GetBytes(filter)), IncludeMetadata = true }, default);

    private static (string Strategy, int Estimated, int Matched) Explain(Shard shard, string filter)
    {
        var explain = Find(shard, new float[Dimension], filter).Explain;
        return (explain.Strategy, (int)explain.Filter!.EstimatedRows, (int)explain.Filter.MatchedRows);
    }

    private static float[] Values(Random random) => [.. Enumerable.Range(0, Dimension).Select(_ => random.NextSingle())];
}
