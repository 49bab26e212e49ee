using JadeVector.Engine.Distance;
using JadeVector.Engine.Flat;
using JadeVector.Tests.Engine.Hnsw;
using Xunit;

namespace JadeVector.Tests.Engine.Flat;

public sealed class FlatScanTests
{
    public static TheoryData<Metric> Metrics => [Metric.Cosine, Metric.Euclidean, Metric.Dot];

    [Theory, MemberData(nameof(Metrics))]
    public void Finds_what_comparing_with_every_row_finds(Metric metric)
    {
        using var set = ClusteredSet.Create(metric, rows: 2_500, queries: 20);
        foreach (var query in set.Queries)
        {
            var top = new TopK(10);
            SearchStats stats = default;
            FlatScan.Search(set.Rows, metric, 0, set.Rows.Count, query, default(AllRows), ref top, ref stats, CancellationToken.None);
            var expected = Enumerable.Range(0, set.Rows.Count)
                .Select(row => new RowDistance(row, DistanceKernels.Compute(metric, query, set.Rows[row])))
                .Order().Take(10);
            Assert.Equal(expected, top.Items.ToArray());
            Assert.Equal(set.Rows.Count, stats.Distances);
        }
    }

    [Fact]
    public void Compares_only_rows_of_the_range_that_the_filter_includes()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 300, queries: 1);
        var top = new TopK(300);
        SearchStats stats = default;
        FlatScan.Search(set.Rows, Metric.Euclidean, 100, 50, set.Queries[0], new EveryNth(7), ref top, ref stats, CancellationToken.None);
        Assert.Equal([105, 112, 119, 126, 133, 140, 147], top.Items.ToArray().Select(item => item.Row).Order());
        Assert.Equal(7, stats.Distances);
    }

    [Fact]
    public void Adds_to_what_another_part_of_the_search_has_found()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 300, queries: 1);
        var whole = new TopK(10);
        var parts = new TopK(10);
        SearchStats stats = default;
        FlatScan.Search(set.Rows, Metric.Euclidean, 0, 300, set.Queries[0], default(AllRows), ref whole, ref stats, CancellationToken.None);
        // The parts overlap, as a graph and the tail behind it may.
        FlatScan.Search(set.Rows, Metric.Euclidean, 150, 150, set.Queries[0], default(AllRows), ref parts, ref stats, CancellationToken.None);
        FlatScan.Search(set.Rows, Metric.Euclidean, 0, 200, set.Queries[0], default(AllRows), ref parts, ref stats, CancellationToken.None);
        Assert.Equal(whole.Items.ToArray(), parts.Items.ToArray());
    }

    [Theory, MemberData(nameof(Metrics))]
    public void Several_queries_in_one_pass_find_what_each_alone_does(Metric metric)
    {
        // More rows than a block holds, and a last block that is not full.
        using var set = ClusteredSet.Create(metric, rows: 2_500, queries: 7, dimension: 100);
        var together = set.Queries.Select(_ => new TopK(10)).ToArray();
        SearchStats stats = default;
        FlatScan.SearchEach(set.Rows, metric, 3, 2_490, set.Queries.SelectMany(query => query).ToArray(), new EveryNth(3), together.AsSpan(), ref stats, CancellationToken.None);
        Assert.Equal(7 * 830, stats.Distances);
        foreach (var (query, found) in set.Queries.Zip(together))
        {
            var alone = new TopK(10);
            FlatScan.Search(set.Rows, metric, 3, 2_490, query, new EveryNth(3), ref alone, ref stats, CancellationToken.None);
            Assert.Equal(alone.Items.ToArray(), found.Items.ToArray());
        }
    }

    [Fact]
    public void Refuses_a_range_beyond_the_rows_and_a_query_of_another_dimension()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 10, queries: 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => Scan(set, 5, 6, set.Queries[0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Scan(set, -1, 2, set.Queries[0]));
        Assert.Throws<ArgumentException>(() => Scan(set, 0, 10, new float[3]));
        Scan(set, 10, 0, set.Queries[0]);
    }

    [Fact]
    public void Stops_when_it_is_cancelled()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 5_000, queries: 1);
        using var cancellation = new CancellationTokenSource();
        var top = new TopK(10);
        SearchStats stats = default;
        var filter = new CancelAt(cancellation, Row: 10);
        Assert.Throws<OperationCanceledException>(
            () => FlatScan.Search(set.Rows, Metric.Euclidean, 0, 5_000, set.Queries[0], filter, ref top, ref stats, cancellation.Token));
        Assert.InRange(stats.Distances, 1, 4_000);
    }

    private static void Scan(ClusteredSet set, int first, int count, float[] query)
    {
        var top = new TopK(3);
        SearchStats stats = default;
        FlatScan.Search(set.Rows, Metric.Euclidean, first, count, query, default(AllRows), ref top, ref stats, CancellationToken.None);
    }

    private readonly record struct CancelAt(CancellationTokenSource Cancellation, int Row) : IRowFilter
    {
        public bool Includes(int row)
        {
            if (row == Row)
                Cancellation.Cancel();
            return true;
        }
    }
}
