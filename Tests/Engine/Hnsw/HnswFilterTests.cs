using JadeVector.Engine.Distance;
using Xunit;

namespace JadeVector.Tests.Engine.Hnsw;

public sealed class HnswFilterTests
{
    /// <summary>A tenth of the rows in no relation to where they lie: ten seeds gave 1, the walk being as long as it needs to be. Stopping at ef rows, hidden ones included, would give under 0.7.</summary>
    private const double FilteredRecallFloor = 0.99;

    [Theory]
    [InlineData(2)]
    [InlineData(10)]
    [InlineData(100)]
    public void Hidden_rows_are_never_returned_and_as_many_visible_ones_as_there_are(int n)
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 3_000, queries: 40);
        using var graph = set.Build();
        foreach (var query in set.Queries)
        {
            SearchStats stats = default;
            var results = graph.Search(query, k: 20, ef: 20, new EveryNth(n), ref stats);
            Assert.Equal(20, results.Length);
            Assert.All(results, result => Assert.Equal(0, result.Row % n));
            Assert.Equal(results.Order(), results);
        }
    }

    [Fact]
    public void All_visible_rows_come_back_when_there_are_fewer_than_asked_for()
    {
        using var set = ClusteredSet.Create(Metric.Cosine, rows: 3_000, queries: 5);
        using var graph = set.Build();
        Assert.Equal(3_000, graph.CountReachable());
        foreach (var query in set.Queries)
        {
            SearchStats stats = default;
            Assert.Equal([0, 1_000, 2_000], graph.Search(query, k: 10, ef: 64, new EveryNth(1_000), ref stats).Select(result => result.Row).Order());
        }
    }

    [Fact]
    public void Recall_among_the_visible_stays_above_its_floor()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 3_000, queries: 100);
        using var graph = set.Build();
        var (recall, _) = set.Recall(graph, k: 10, ef: 64, new EveryNth(10));
        Assert.True(recall >= FilteredRecallFloor, $"recall {recall}");
    }

    [Fact]
    public void Entry_point_and_everything_near_the_query_may_be_hidden()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 2_000, queries: 20);
        using var graph = set.Build();
        foreach (var query in set.Queries)
        {
            var near = set.Nearest(query, 500, default(AllRows));
            var filter = new Beyond(query, set, near[^1].Distance);
            SearchStats stats = default;
            var results = graph.Search(query, k: 10, ef: 64, filter, ref stats);
            Assert.Equal(10, results.Length);
            Assert.All(results, result => Assert.True(result.Distance > near[^1].Distance));
        }
    }

    [Fact]
    public void Filter_that_includes_all_gives_what_no_filter_gives()
    {
        using var set = ClusteredSet.Create(Metric.Dot, rows: 1_000, queries: 50);
        using var graph = set.Build();
        foreach (var query in set.Queries)
        {
            SearchStats stats = default;
            Assert.Equal(graph.Search(query, k: 10, ef: 64), graph.Search(query, k: 10, ef: 64, new EveryNth(1), ref stats));
        }
    }

    [Fact]
    public void Long_walk_stops_when_it_is_cancelled()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 4_000, queries: 1);
        using var graph = set.Build();
        using var cancellation = new CancellationTokenSource();
        var results = new RowDistance[1];
        SearchStats stats = default;
        // Nothing is visible, so the walk would go through all 4,000 nodes.
        Assert.Throws<OperationCanceledException>(() => graph.Search(
            set.Queries[0], 1, 10, new CancelAndHide(cancellation), new JadeVector.Engine.Hnsw.HnswScratch(), results, ref stats, cancellation.Token));
        Assert.Equal(default, results[0]);
    }

    private readonly record struct Beyond(float[] Query, ClusteredSet Set, float Distance) : IRowFilter
    {
        public bool Includes(int row) => DistanceKernels.Compute(Set.Metric, Query, Set.Rows[row]) > Distance;
    }

    private readonly record struct CancelAndHide(CancellationTokenSource Cancellation) : IRowFilter
    {
        public bool Includes(int row)
        {
            Cancellation.Cancel();
            return false;
        }
    }
}
