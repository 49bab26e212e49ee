using JadeVector.Engine.Distance;
using JadeVector.Engine.Hnsw;
using Xunit;

namespace JadeVector.Tests.Engine.Hnsw;

public sealed class HnswRefusalTests
{
    [Theory]
    [InlineData(HnswLimits.MMin - 1, 200, "M")]
    [InlineData(HnswLimits.MMax + 1, 200, "M")]
    [InlineData(16, HnswLimits.EfConstructionMin - 1, "EfConstruction")]
    [InlineData(16, HnswLimits.EfConstructionMax + 1, "EfConstruction")]
    public void Options_out_of_range_are_refused_by_name(int m, int efConstruction, string option)
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 1, queries: 0);
        var refusal = Assert.Throws<ArgumentOutOfRangeException>(
            () => new HnswGraph(set.Rows, Metric.Euclidean, new HnswOptions { M = m, EfConstruction = efConstruction }));
        Assert.Equal(option, refusal.ParamName);
    }

    [Theory]
    [InlineData(HnswLimits.MMin, HnswLimits.EfConstructionMin, 0.4)] // two links chosen among four candidates: parts of the graph fall off
    [InlineData(HnswLimits.MMax, HnswLimits.EfConstructionMax, 1)] // every row is a candidate for every other
    public void Options_at_their_limits_work(int m, int efConstruction, double recall)
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 300, queries: 5);
        using var graph = set.Build(new HnswOptions { M = m, EfConstruction = efConstruction });
        Assert.True(set.Recall(graph, k: 10, ef: 300, default(AllRows)).Recall >= recall);
    }

    [Fact]
    public void Search_out_of_range_is_refused()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 10, queries: 1);
        using var graph = set.Build();
        Assert.Throws<ArgumentException>(() => graph.Search(new float[31], 1, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => graph.Search(set.Queries[0], 0, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => graph.Search(set.Queries[0], 1, HnswLimits.EfSearchMin - 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => graph.Search(set.Queries[0], 1, HnswLimits.EfSearchMax + 1));
        SearchStats stats = default;
        Assert.Throws<ArgumentOutOfRangeException>(
            () => graph.Search(set.Queries[0], 5, 10, default(AllRows), new HnswScratch(), new RowDistance[4], ref stats, CancellationToken.None));
    }

    [Fact]
    public void Row_that_is_inserted_twice_or_is_not_there_is_refused()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 10, queries: 0);
        using var graph = set.Build();
        var scratch = new HnswScratch();
        Assert.Throws<InvalidOperationException>(() => graph.Insert(4, scratch));
        Assert.Throws<ArgumentOutOfRangeException>(() => graph.Insert(10, scratch));
        Assert.Throws<ArgumentOutOfRangeException>(() => graph.Insert(-1, scratch));
        Assert.Equal(10, graph.Count);
    }

    [Fact]
    public void Graph_that_was_disposed_of_answers_so()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 10, queries: 1);
        var graph = set.Build();
        graph.Dispose();
        graph.Dispose();
        Assert.Throws<ObjectDisposedException>(() => graph.Search(set.Queries[0], 1, 10));
        Assert.Throws<ObjectDisposedException>(() => graph.Insert(0, new HnswScratch()));
    }

    [Fact]
    public void Search_of_an_empty_graph_finds_nothing()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 5, queries: 1);
        using var graph = new HnswGraph(set.Rows, Metric.Euclidean, new HnswOptions());
        Assert.Empty(graph.Search(set.Queries[0], 3, 10));
    }

    [Fact]
    public void Count_grows_row_by_row_and_each_row_is_found_at_once()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 200, queries: 0);
        using var graph = new HnswGraph(set.Rows, Metric.Euclidean, new HnswOptions { M = 4 });
        var scratch = new HnswScratch();
        for (var row = 0; row < set.Rows.Count; row++)
        {
            graph.Insert(row, scratch);
            Assert.Equal(row + 1, graph.Count);
            Assert.Equal(new RowDistance(row, 0), graph.Search(set.Rows[row].ToArray(), 1, 20)[0]);
        }
    }
}
