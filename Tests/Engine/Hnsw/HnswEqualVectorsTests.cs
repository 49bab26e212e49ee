using JadeVector.Engine.Distance;
using Xunit;

namespace JadeVector.Tests.Engine.Hnsw;

public sealed class HnswEqualVectorsTests
{
    private const int Copies = 600;

    public static TheoryData<Metric, int> Cases => new(
        from metric in new[] { Metric.Cosine, Metric.Euclidean, Metric.Dot }
        from first in new[] { 0, 500, 1_000 }
        select (metric, first));

    [Theory, MemberData(nameof(Cases))]
    public void Crowd_of_equal_vectors_hides_neither_itself_nor_others(Metric metric, int first)
    {
        using var set = WithCopies(metric, first, out var copy);
        using var graph = set.Build();
        Assert.Equal(set.Rows.Count, graph.CountReachable());
        // The zero vector of the inner product is nobody's nearest: nothing but the row itself can be asked for.
        if (metric != Metric.Dot)
        {
            Assert.Equal(Enumerable.Range(first, Copies), graph.Search(copy, Copies, 64).Select(result => result.Row));
            for (var row = 0; row < set.Rows.Count; row++)
            {
                if (row < first || row >= first + Copies)
                    Assert.Equal(row, graph.Search(set.Rows[row].ToArray(), 1, 64)[0].Row);
            }
        }
    }

    [Fact]
    public void Last_visible_one_of_a_crowd_is_found()
    {
        using var set = WithCopies(Metric.Euclidean, first: 500, out var copy);
        using var graph = set.Build();
        foreach (var visible in new[] { 500, 777, 500 + Copies - 1 })
        {
            SearchStats stats = default;
            Assert.Equal([new RowDistance(visible, 0)], graph.Search(copy, 10, 64, new Only(visible), ref stats));
        }
    }

    [Fact]
    public void Crowd_survives_the_image()
    {
        using var set = WithCopies(Metric.Euclidean, first: 0, out var copy);
        using var graph = set.Build();
        HnswImageTests.WithMapped(HnswImageTests.ImageOf(graph), set, mapped =>
        {
            Assert.Equal(set.Rows.Count, mapped.CountReachable());
            Assert.Equal(Enumerable.Range(0, Copies), mapped.Search(copy, Copies, 64).Select(result => result.Row));
        });
    }

    [Fact]
    public void Rows_that_are_all_equal_are_all_found()
    {
        using var set = ClusteredSet.Create(Metric.Cosine, rows: 0, queries: 1);
        for (var row = 0; row < 100; row++)
            set.Rows.Append(new float[32]);
        using var graph = set.Build();
        Assert.Equal(Enumerable.Range(0, 100), graph.Search(set.Queries[0], 200, 64).Select(result => result.Row));
    }

    private static ClusteredSet WithCopies(Metric metric, int first, out float[] copy)
    {
        using var source = ClusteredSet.Create(metric, rows: 1_000, queries: 1);
        var set = ClusteredSet.Create(metric, rows: 0, queries: 0);
        copy = source.Queries[0];
        for (var row = 0; row < first; row++)
            set.Rows.Append(source.Rows[row]);
        for (var i = 0; i < Copies; i++)
            set.Rows.Append(copy);
        for (var row = first; row < source.Rows.Count; row++)
            set.Rows.Append(source.Rows[row]);
        return set;
    }

    private readonly record struct Only(int Row) : IRowFilter
    {
        public bool Includes(int row) => row == Row;
    }
}
