using JadeVector.Engine.Distance;
using JadeVector.Engine.Hnsw;
using Xunit;

namespace JadeVector.Tests.Engine.Hnsw;

public sealed class HnswRecallTests
{
    public static TheoryData<Metric> Metrics => [Metric.Cosine, Metric.Euclidean, Metric.Dot];

    [Theory, MemberData(nameof(Metrics))]
    public void Recall_at_default_settings_stays_above_its_floor_and_far_from_comparing_all(Metric metric)
    {
        using var set = ClusteredSet.Create(metric, rows: 5_000, queries: 200);
        using var graph = set.Build();
        var (recall, stats) = set.Recall(graph, k: 10, HnswLimits.EfSearchDefault, default(AllRows));
        var floor = RecallFloor(metric);
        Assert.True(recall >= floor, $"recall {recall} under {floor}");
        Assert.InRange(stats.Distances / set.Queries.Length, 50, set.Rows.Count / 4);
    }

    [Fact]
    public void Same_rows_and_seed_give_the_same_graph()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 2_000, queries: 0);
        using var first = set.Build();
        using var second = set.Build();
        using var other = set.Build(new HnswOptions { Seed = 1 });
        Assert.Equal(HnswImageTests.ImageOf(first), HnswImageTests.ImageOf(second));
        Assert.NotEqual(HnswImageTests.ImageOf(first), HnswImageTests.ImageOf(other));
    }

    [Fact]
    public void Results_are_in_order_of_distance_and_each_row_is_there_once()
    {
        using var set = ClusteredSet.Create(Metric.Cosine, rows: 1_000, queries: 50);
        using var graph = set.Build();
        foreach (var query in set.Queries)
        {
            var results = graph.Search(query, k: 100, ef: 64);
            Assert.Equal(100, results.Length);
            Assert.Equal(results.Order(), results);
            Assert.Distinct(results.Select(result => result.Row));
            Assert.All(results, result => Assert.Equal(DistanceKernels.Compute(Metric.Cosine, query, set.Rows[result.Row]), result.Distance));
        }
    }

    [Fact]
    public void More_candidates_at_search_find_more_and_cost_more()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 3_000, queries: 100);
        using var graph = set.Build(new HnswOptions { M = 4, EfConstruction = 20 });
        var few = set.Recall(graph, k: 10, ef: 10, default(AllRows));
        var many = set.Recall(graph, k: 10, ef: 200, default(AllRows));
        Assert.True(many.Recall > few.Recall + 0.2, $"{few.Recall} -> {many.Recall}");
        Assert.True(many.Stats.Distances > 2 * few.Stats.Distances);
        Assert.True(many.Stats.Hops > 2 * few.Stats.Hops);
    }

    [Fact]
    public void More_candidates_at_construction_make_a_better_graph()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 3_000, queries: 200);
        using var careless = set.Build(new HnswOptions { M = 8, EfConstruction = 8 });
        using var careful = set.Build(new HnswOptions { M = 8, EfConstruction = 200 });
        var before = set.Recall(careless, k: 10, ef: 20, default(AllRows)).Recall;
        var after = set.Recall(careful, k: 10, ef: 20, default(AllRows)).Recall;
        Assert.True(after > before + 0.1, $"{before} -> {after}");
    }

    [Fact]
    public void More_links_find_more_and_take_more_room()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 3_000, queries: 100);
        using var thin = set.Build(new HnswOptions { M = 3 });
        using var thick = set.Build(new HnswOptions { M = 24 });
        var before = set.Recall(thin, k: 10, ef: 16, default(AllRows)).Recall;
        var after = set.Recall(thick, k: 10, ef: 16, default(AllRows)).Recall;
        Assert.True(after > before + 0.2, $"{before} -> {after}");
        Assert.True(HnswImageTests.ImageOf(thick).Length > 2 * HnswImageTests.ImageOf(thin).Length);
    }

    /// <summary>
    /// Ten seeds gave 0.9995 or more for cosine and Euclidean and 0.9945 or more for the inner product, which is no metric. Fewer candidates, fewer links
    /// or a wider mixture lower it. A graph without diverse links, or one that a search enters in the wrong place, falls under 0.9.
    /// </summary>
    private static double RecallFloor(Metric metric) => metric == Metric.Dot ? 0.985 : 0.995;
}
