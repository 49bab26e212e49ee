using JadeVector.Engine.Distance;
using JadeVector.Engine.Ivf;
using JadeVector.Engine.Memory;
using JadeVector.Tests.Engine.Hnsw;
using Xunit;

namespace JadeVector.Tests.Engine.Ivf;

public sealed class IvfIndexTests : IDisposable
{
    private const int K = 10;

    private readonly ClusteredSet _set = ClusteredSet.Create(Metric.Euclidean, rows: 3_000, queries: 40);

    public static TheoryData<Metric, int> MetricsAndCodes => new()
    {
        { Metric.Cosine, 0 },
        { Metric.Cosine, 2 },
        { Metric.Euclidean, 0 },
        { Metric.Euclidean, 2 },
        { Metric.Dot, 0 },
        { Metric.Dot, 2 },
    };

    public void Dispose() => _set.Dispose();

    [Theory, MemberData(nameof(MetricsAndCodes))]
    public void All_cells_and_all_candidates_give_the_exact_answer(Metric metric, int codeComponents)
    {
        using var set = ClusteredSet.Create(metric, rows: 1_000, queries: 10);
        using var index = IvfIndex.Build(set.Rows, metric, new IvfOptions { ListCount = 20, CodeComponents = codeComponents }, CancellationToken.None);
        foreach (var query in set.Queries)
            Assert.Equal(set.Nearest(query, K, default(AllRows)), Search(index, query, probes: 20, rescore: 100));
    }

    [Fact]
    public void More_probes_find_more_and_compare_more()
    {
        using var index = Build(new IvfOptions { ListCount = 64, CodeComponents = 0 });
        var few = Measure(index, probes: 1, rescore: 1);
        var more = Measure(index, probes: 8, rescore: 1);
        Assert.True(more.Recall > few.Recall && more.Distances > few.Distances, $"{few} {more}");
        Assert.True(more.Recall >= 0.9, $"{more}");
    }

    [Fact]
    public void More_cells_leave_fewer_rows_to_compare()
    {
        using var few = Build(new IvfOptions { ListCount = 8, CodeComponents = 0 });
        using var many = Build(new IvfOptions { ListCount = 100, CodeComponents = 0 });
        Assert.Equal((8, 100), (few.ListCount, many.ListCount));
        Assert.True(Measure(many, probes: 1, rescore: 1).Distances < Measure(few, probes: 1, rescore: 1).Distances);
    }

    [Fact]
    public void Without_a_number_of_cells_it_follows_from_the_rows()
    {
        using var index = Build(new IvfOptions());
        Assert.Equal(IvfLimits.ListCountFor(_set.Rows.Count), index.ListCount);
        Assert.InRange(Measure(index, IvfLimits.ProbesDefault, IvfLimits.RescoreDefault).Recall, 0.9, 1);
    }

    [Fact]
    public void Coarser_codes_take_less_memory_and_rank_worse()
    {
        using var fine = Build(new IvfOptions { ListCount = 16, CodeComponents = 1 });
        using var coarse = Build(new IvfOptions { ListCount = 16, CodeComponents = 8 });
        Assert.True(coarse.MemoryBytes < fine.MemoryBytes);
        Assert.True(Measure(coarse, probes: 16, rescore: 1).Recall < Measure(fine, probes: 16, rescore: 1).Recall);
    }

    [Fact]
    public void More_rescoring_makes_good_for_coarse_codes()
    {
        using var index = Build(new IvfOptions { ListCount = 16, CodeComponents = 4 });
        var little = Measure(index, probes: 16, rescore: 1);
        var much = Measure(index, probes: 16, rescore: 20);
        Assert.True(much.Recall > little.Recall && much.Distances > little.Distances, $"{little} {much}");
        Assert.True(much.Recall >= 0.95, $"{much}");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Never_fewer_than_asked_for_when_they_exist(int codeComponents)
    {
        using var index = Build(new IvfOptions { ListCount = 64, CodeComponents = codeComponents });
        // 30 rows in 64 cells; one probe holds next to none of them.
        var rare = new EveryNth(100);
        foreach (var query in _set.Queries)
        {
            var found = Search(index, query, 10, probes: 1, rescore: 1, rare);
            Assert.Equal(10, found.Length);
            Assert.All(found, hit => Assert.True(rare.Includes(hit.Row)));
            Assert.Equal(30, Search(index, query, 50, probes: 1, rescore: 1, rare).Length);
        }
    }

    [Fact]
    public void Equal_rows_and_fewer_rows_than_cells_are_no_trouble()
    {
        using var rows = new NativeVectorRows(4);
        for (var i = 0; i < 50; i++)
            rows.Append([1, 2, 3, 4]);
        using var index = IvfIndex.Build(rows, Metric.Euclidean, new IvfOptions { ListCount = 1_000 }, CancellationToken.None);
        Assert.Equal(50, index.ListCount);
        var found = Search(index, [1, 2, 3, 4], 5, probes: 1, rescore: 1, default(AllRows));
        Assert.Equal((5, 5), (found.Length, found.Select(hit => hit.Row).Distinct().Count()));
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_and_another_seed_others()
    {
        using var one = Build(new IvfOptions { ListCount = 16 });
        using var same = Build(new IvfOptions { ListCount = 16 });
        using var other = Build(new IvfOptions { ListCount = 16, Seed = 2 });
        Assert.True(Image(one).AsSpan().SequenceEqual(Image(same)));
        Assert.False(Image(one).AsSpan().SequenceEqual(Image(other)));
    }

    [Fact]
    public void What_is_out_of_range_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Build(new IvfOptions { ListCount = -1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Build(new IvfOptions { CodeComponents = 17 }));
        using var none = new NativeVectorRows(3);
        Assert.Throws<ArgumentException>(() => IvfIndex.Build(none, Metric.Euclidean, new IvfOptions(), CancellationToken.None));
        using var index = Build(new IvfOptions { ListCount = 4 });
        Assert.Throws<ArgumentException>(() => Search(index, [1], 1, 1, 1, default(AllRows)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Search(index, _set.Queries[0], 1, probes: 0, rescore: 1, default(AllRows)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Search(index, _set.Queries[0], 1, probes: 1, rescore: 0, default(AllRows)));
    }

    [Fact]
    public void A_cancelled_build_and_a_cancelled_search_stop()
    {
        var cancelled = new CancellationToken(canceled: true);
        Assert.Throws<OperationCanceledException>(() => IvfIndex.Build(_set.Rows, Metric.Euclidean, new IvfOptions(), cancelled));
        using var index = Build(new IvfOptions { ListCount = 4 });
        SearchStats stats = default;
        Assert.Throws<OperationCanceledException>(() => index.Search(_set.Queries[0], 1, 1, 1, default(AllRows), new IvfScratch(), new RowDistance[1], ref stats, cancelled));
    }

    internal static byte[] Image(IvfIndex index) => index.ImageSlice(0, (int)index.ImageBytes).ToArray();

    private static RowDistance[] Search(IvfIndex index, float[] query, int probes, int rescore) => Search(index, query, K, probes, rescore, default(AllRows));

    private static RowDistance[] Search<TFilter>(IvfIndex index, float[] query, int k, int probes, int rescore, TFilter filter)
        where TFilter : struct, IRowFilter
    {
        SearchStats stats = default;
        var results = new RowDistance[k];
        return results[..index.Search(query, k, probes, rescore, filter, new IvfScratch(), results, ref stats, CancellationToken.None)];
    }

    private IvfIndex Build(IvfOptions options) => IvfIndex.Build(_set.Rows, Metric.Euclidean, options, CancellationToken.None);

    private (double Recall, long Distances) Measure(IvfIndex index, int probes, int rescore)
    {
        SearchStats stats = default;
        var scratch = new IvfScratch();
        var results = new RowDistance[K];
        double right = 0;
        foreach (var query in _set.Queries)
        {
            var found = index.Search(query, K, probes, rescore, default(AllRows), scratch, results, ref stats, CancellationToken.None);
            right += results[..found].Intersect(_set.Nearest(query, K, default(AllRows))).Count();
        }

        return (right / (K * _set.Queries.Length), stats.Distances);
    }
}
