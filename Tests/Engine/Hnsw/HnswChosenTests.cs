using JadeVector.Engine.Distance;
using JadeVector.Engine.Hnsw;
using JadeVector.Engine.MetadataIndexes;
using JadeVector.Engine.Quantization;
using JadeVector.Tests.Engine.Quantization;
using Xunit;

namespace JadeVector.Tests.Engine.Hnsw;

/// <summary>Chosen rows are compared by their codes, wherever they lie, and a walk knows when to give up.</summary>
public sealed class HnswChosenTests
{
    private const int K = 10;
    private const int Candidates = 80;

    private const double RecallFloor = 0.97;

    [Theory]
    [InlineData(Metric.Euclidean)]
    [InlineData(Metric.Cosine)]
    [InlineData(Metric.Dot)]
    public void Nearest_of_the_chosen_are_found_even_when_all_of_them_are_far(Metric metric)
    {
        using var set = ClusteredSet.Create(metric, rows: 3_000, queries: 30, dimension: 64);
        using var growing = set.Build(new HnswOptions { M = 4, EfConstruction = 8, Codes = VectorCodes.Int8 });
        using var graph = growing.Freeze();
        var right = 0;
        foreach (var query in set.Queries)
        {
            using var far = FarHalf(set, query);
            var results = Search(graph, query, far, new AllRows());
            Assert.Equal(K, results.Length);
            Assert.All(results, result => Assert.Equal(DistanceKernels.Compute(metric, query, set.Rows[result.Row]), result.Distance));
            right += set.Nearest(query, K, new In(far)).Intersect(results).Count();
        }

        Assert.True(right >= RecallFloor * K * set.Queries.Length, $"{right} of {K * set.Queries.Length}");
    }

    [Fact]
    public void Sketches_leave_out_most_of_the_chosen_and_none_of_the_nearest()
    {
        using var rows = PrincipalSketchTests.Rows(Metric.Euclidean, SketchTraining.RowsMin + 500);
        using var growing = new HnswGraph(rows, Metric.Euclidean, new HnswOptions { M = 4, EfConstruction = 8, Codes = VectorCodes.Int8 });
        var scratch = new HnswScratch();
        for (var row = 0; row < rows.Count; row++)
            growing.Insert(row, scratch);
        using var graph = growing.Freeze();
        Assert.True(graph.HasSketches);
        using var all = RowBitmap.Full(graph.Count);
        SearchStats stats = default;
        for (var query = 0; query < 20; query++)
        {
            var results = new RowDistance[K];
            Assert.Equal(K, graph.SearchChosen(rows[query], K, Candidates, all.Words, graph.Count, new AllRows(), scratch, results, ref stats, default));
            Assert.Equal(query, results[0].Row);
        }

        Assert.InRange(stats.Distances / 20, Candidates, graph.Count / 2);
    }

    [Theory]
    [InlineData(Metric.Euclidean)]
    [InlineData(Metric.Cosine)]
    [InlineData(Metric.Dot)]
    public void Sketches_that_learn_from_far_rows_leave_out_none_of_the_nearest_of_them(Metric metric)
    {
        using var rows = PrincipalSketchTests.Rows(metric, SketchTraining.RowsMin + 1_000);
        using var growing = new HnswGraph(rows, metric, new HnswOptions { M = 4, EfConstruction = 8, Codes = VectorCodes.Int8 });
        var scratch = new HnswScratch();
        for (var row = 0; row < rows.Count; row++)
            growing.Insert(row, scratch);
        using var graph = growing.Freeze();
        Assert.True(graph.HasSketches);
        var right = 0;
        for (var query = 0; query < 20; query++)
        {
            var order = Enumerable.Range(0, rows.Count).OrderBy(row => DistanceKernels.Compute(metric, rows[query], rows[row])).ToArray();
            var half = order.AsSpan(rows.Count / 2);
            using var far = RowBitmap.Empty(rows.Count);
            far.Add(half);
            SearchStats stats = default;
            var results = new RowDistance[K];
            Assert.Equal(K, graph.SearchChosen(rows[query], K, 4 * Candidates, far.Words, graph.Count, new AllRows(), scratch, results, ref stats, default));
            right += half[..K].ToArray().Intersect(results.Select(result => result.Row)).Count();
        }

        Assert.True(right >= RecallFloor * K * 20, $"{right} of {K * 20}");
    }

    [Fact]
    public void Only_what_is_chosen_included_and_below_the_limit_is_found()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 300, queries: 1, dimension: 64);
        using var graph = set.Build(new HnswOptions { M = 4, EfConstruction = 8, Codes = VectorCodes.Int8 });
        using var chosen = RowBitmap.Empty(300);
        chosen.Add([3, 6, 64, 128, 191, 192, 299]);
        SearchStats stats = default;
        var results = new RowDistance[K];
        var found = graph.SearchChosen(set.Queries[0], K, Candidates, chosen.Words, 192, new EveryNth(3), new HnswScratch(), results, ref stats, default);
        Assert.Equal([3, 6], results[..found].Select(result => result.Row).Order());
    }

    [Fact]
    public void Without_byte_codes_chosen_rows_are_not_compared()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 100, queries: 1, dimension: 64);
        using var vectors = set.Build();
        using var growing = set.Build(new HnswOptions { Codes = VectorCodes.OneBit });
        using var bits = growing.Freeze();
        using var all = RowBitmap.Full(100);
        Assert.Equal((false, true, false), (vectors.ComparesChosen, growing.ComparesChosen, bits.ComparesChosen));
        Assert.Throws<InvalidOperationException>(() => Search(vectors, set.Queries[0], all, new AllRows()));
        Assert.Throws<InvalidOperationException>(() => Search(bits, set.Queries[0], all, new AllRows()));
    }

    [Fact]
    public void A_walk_that_would_take_more_steps_than_it_may_finds_nothing()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 3_000, queries: 20, dimension: 16);
        using var graph = set.Build();
        foreach (var query in set.Queries)
        {
            using var far = FarHalf(set, query);
            var results = new RowDistance[K];
            SearchStats few = default, many = default;
            Assert.Equal(0, graph.Search(query, K, 32, new In(far), new HnswScratch(), results, ref few, default, stepsMax: 400));
            Assert.InRange(few.Distances, 1, 500);
            Assert.Equal(K, graph.Search(query, K, 32, new In(far), new HnswScratch(), results, ref many, default));
        }
    }

    [Fact]
    public void A_walk_that_finds_too_few_on_its_way_gives_up_long_before_it_has_taken_all_its_steps()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 3_000, queries: 20, dimension: 16);
        using var graph = set.Build();
        foreach (var query in set.Queries)
        {
            using var farthest = RowBitmap.Full(set.Rows.Count);
            farthest.Remove([.. set.Nearest(query, set.Rows.Count - 100, default(AllRows)).Select(result => result.Row)]);
            SearchStats stats = default;
            Assert.Equal(0, graph.Search(query, K, 32, new In(farthest), new HnswScratch(), new RowDistance[K], ref stats, default, stepsMax: 2_000));
            // An eighth of 2,000 steps, those of the last hop, and the way down.
            Assert.InRange(stats.Distances, 1, 400);
        }
    }

    private static RowBitmap FarHalf(ClusteredSet set, float[] query)
    {
        var far = RowBitmap.Full(set.Rows.Count);
        far.Remove([.. set.Nearest(query, set.Rows.Count / 2, default(AllRows)).Select(result => result.Row)]);
        return far;
    }

    private static RowDistance[] Search<TFilter>(HnswGraph graph, float[] query, RowBitmap chosen, TFilter filter)
        where TFilter : struct, IRowFilter
    {
        SearchStats stats = default;
        var results = new RowDistance[K];
        return results[..graph.SearchChosen(query, K, Candidates, chosen.Words, graph.Count, filter, new HnswScratch(), results, ref stats, default)];
    }

    private readonly record struct In(RowBitmap Rows) : IRowFilter
    {
        public bool Includes(int row) => Rows.Contains(row);
    }
}
