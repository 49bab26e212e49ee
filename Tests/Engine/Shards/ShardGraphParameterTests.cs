using JadeVector.Engine.Distance;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Quantization;
using JadeVector.Engine.Shards;
using JadeVector.Tests.Engine.Hnsw;
using Xunit;
using static JadeVector.Tests.Engine.Shards.ShardBench;

namespace JadeVector.Tests.Engine.Shards;

/// <summary>Every parameter of a graph does something, from the configuration or the query through to the answer.</summary>
public sealed class ShardGraphParameterTests
{
    private const int Dimension = 48, RowCount = 2_000, K = 10;

    private static readonly ShardConfig Plain = new(Dimension, Metric.Euclidean, ShardIndexKind.Hnsw, M: 6, EfConstruction: 40, EfSearch: 10);

    [Fact]
    public async Task More_candidates_of_the_database_or_of_the_search_find_more_and_cost_more()
    {
        var few = await WorkAsync(Plain);
        foreach (var more in new[] { await WorkAsync(Plain with { EfSearch = 120 }), await WorkAsync(Plain, query => query with { EfSearch = 120 }) })
            Assert.True(more.Recall > few.Recall && more.Distances > 2 * few.Distances, $"{few} -> {more}");
    }

    [Fact]
    public async Task More_links_find_more_and_take_more_room()
    {
        var (thin, thick) = (await WorkAsync(Plain with { M = 3 }), await WorkAsync(Plain with { M = 16 }));
        Assert.True(thick.Recall > thin.Recall, $"{thin} -> {thick}");
        Assert.True(thick.Memory[MemoryComponent.Links].MemoryBytes + thick.Memory[MemoryComponent.Links].MappedBytes > 2 * thin.Memory[MemoryComponent.Links].MappedBytes);
    }

    [Fact]
    public async Task More_candidates_at_construction_make_a_better_graph()
    {
        var (careless, careful) = (await WorkAsync(Plain with { EfConstruction = 6 }), await WorkAsync(Plain with { EfConstruction = 120 }));
        Assert.True(careful.Recall > careless.Recall + 0.02, $"{careless} -> {careful}");
    }

    /// <summary>Bits alone rank badly: what makes good for it is how many of the candidates are compared by their vectors.</summary>
    [Fact]
    public async Task Rescoring_decides_how_well_codes_answer()
    {
        var coded = Plain with { Codes = VectorCodes.OneBit, EfSearch = 200 };
        var least = await WorkAsync(coded, query => query with { Rescore = 1 });
        var some = await WorkAsync(coded, query => query with { Rescore = 4 });
        var enough = await WorkAsync(coded);
        Assert.True(some.Recall > least.Recall + 0.1, $"{least} -> {some}");
        Assert.True(enough.Recall >= some.Recall && enough.Recall >= 0.9, $"{some} -> {enough}");
    }

    [Fact]
    public async Task Quantization_trades_the_order_of_the_candidates_for_room()
    {
        var codes = new List<long>();
        foreach (var kind in new[] { VectorCodes.None, VectorCodes.OneBit, VectorCodes.Int8 })
            codes.Add((await WorkAsync(Plain with { Codes = kind })).Memory[MemoryComponent.Codes].MappedBytes);
        Assert.Equal(0, codes[0]);
        Assert.True(codes[1] > 0 && codes[2] > 2 * codes[1], string.Join(", ", codes));
    }

    [Theory]
    [InlineData(Metric.Euclidean, "near")]
    [InlineData(Metric.Cosine, "same direction")]
    [InlineData(Metric.Dot, "long")]
    public async Task Metric_decides_who_is_nearest(Metric metric, string nearest)
    {
        await using var bench = await CreateAsync(ConfigOf(metric: metric));
        var shard = await bench.OpenAsync();
        await Write(shard, Put("near", [1.1f, 0.4f]), Put("same direction", [0.2f, 0]), Put("long", [50, 40]));
        await shard.CheckpointAsync(default);
        Assert.Equal(nearest, Ids(Search(shard, [1, 0], 1))[0]);
    }

    private static async Task<(double Recall, long Distances, MemoryReport Memory)> WorkAsync(ShardConfig config, Func<ShardQuery, ShardQuery>? change = null)
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, RowCount, queries: 30, Dimension);
        await using var bench = await CreateAsync(config);
        var shard = await bench.OpenAsync();
        foreach (var chunk in Enumerable.Range(0, RowCount).Chunk(500))
            await Write(shard, [.. chunk.Select(i => Put($"v{i}", set.Rows[i].ToArray()))]);
        await shard.CheckpointAsync(default);
        var (found, distances) = (0, 0L);
        foreach (var values in set.Queries)
        {
            var query = new ShardQuery { Query = Bytes(values), TopK = K };
            query = change is null ? query : change(query);
            var outcome = shard.Search(query, default);
            found += Ids(outcome.Hits).Intersect(Ids(shard.Search(query with { Exact = true }, default).Hits)).Count();
            distances += outcome.Explain.DistancesComputed;
        }

        return ((double)found / (K * set.Queries.Length), distances, shard.Stats.Memory);
    }
}
