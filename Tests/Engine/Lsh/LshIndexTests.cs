using JadeVector.Engine.Distance;
using JadeVector.Engine.Lsh;
using JadeVector.Engine.Memory;
using JadeVector.Tests.Engine.Hnsw;
using Xunit;

namespace JadeVector.Tests.Engine.Lsh;

public sealed class LshIndexTests : IDisposable
{
    private const int K = 10;

    private readonly ClusteredSet _set = ClusteredSet.Create(Metric.Euclidean, rows: 3_000, queries: 40);

    public static TheoryData<Metric> Metrics => [Metric.Cosine, Metric.Euclidean, Metric.Dot];

    public void Dispose() => _set.Dispose();

    [Theory, MemberData(nameof(Metrics))]
    public void The_neighbours_of_a_query_share_a_bucket_with_it_in_some_table(Metric metric)
    {
        using var set = ClusteredSet.Create(metric, rows: 3_000, queries: 40);
        using var index = LshIndex.Build(set.Rows, metric, new LshOptions { Tables = 8, Functions = 10 }, CancellationToken.None);
        var (recall, distances) = Measure(set, index, probes: 4);
        Assert.True(recall >= 0.6, $"{recall}");
        Assert.True(distances < 40 * 3_000 / 2, $"{distances}");
    }

    [Theory, MemberData(nameof(Metrics))]
    public void More_probes_find_more_and_compare_more(Metric metric)
    {
        using var set = ClusteredSet.Create(metric, rows: 3_000, queries: 40);
        using var index = LshIndex.Build(set.Rows, metric, new LshOptions { Tables = 4 }, CancellationToken.None);
        var few = Measure(set, index, probes: 2);
        var more = Measure(set, index, probes: 40);
        Assert.True(more.Recall > few.Recall && more.Distances > few.Distances, $"{few} {more}");
    }

    [Fact]
    public void More_tables_find_more_and_take_more_memory()
    {
        using var few = Build(new LshOptions { Tables = 2, Functions = 8 });
        using var more = Build(new LshOptions { Tables = 12, Functions = 8 });
        Assert.True(Measure(_set, more, probes: 4).Recall > Measure(_set, few, probes: 4).Recall);
        Assert.True(more.MemoryBytes > few.MemoryBytes);
    }

    [Fact]
    public void More_functions_leave_fewer_rows_to_compare()
    {
        using var few = Build(new LshOptions { Tables = 8, Functions = 3 });
        using var more = Build(new LshOptions { Tables = 8, Functions = 10 });
        Assert.Equal((3, 10), (few.Functions, more.Functions));
        Assert.True(Measure(_set, more, probes: 4).Distances < Measure(_set, few, probes: 4).Distances);
    }

    [Fact]
    public void Wider_slices_hold_more_rows()
    {
        using var narrow = Build(new LshOptions { Tables = 8, Functions = 6, Width = 0.5f });
        using var wide = Build(new LshOptions { Tables = 8, Functions = 6, Width = 3 });
        Assert.True(Measure(_set, wide, probes: 2).Distances > Measure(_set, narrow, probes: 2).Distances);
    }

    [Fact]
    public void Without_a_number_of_functions_it_follows_from_the_rows()
    {
        using var index = Build(new LshOptions());
        Assert.Equal(LshLimits.FunctionsFor(_set.Rows.Count), index.Functions);
    }

    [Fact]
    public void Never_fewer_than_asked_for_when_they_exist()
    {
        using var index = Build(new LshOptions { Tables = 1, Functions = 16 });
        var rare = new EveryNth(100);
        foreach (var query in _set.Queries)
        {
            Assert.Equal(_set.Nearest(query, 30, rare), Search(index, query, 50, probes: 1, rare));
            Assert.Equal(10, Search(index, query, 10, probes: 1, rare).Length);
        }
    }

    [Fact]
    public void Equal_rows_are_no_trouble()
    {
        using var rows = new NativeVectorRows(4);
        for (var i = 0; i < 50; i++)
            rows.Append([1, 2, 3, 4]);
        using var index = LshIndex.Build(rows, Metric.Euclidean, new LshOptions(), CancellationToken.None);
        Assert.Equal([0, 1, 2], Search(index, [1, 2, 3, 4], 3, probes: 1, default(AllRows)).Select(hit => hit.Row));
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_and_another_seed_others()
    {
        using var one = Build(new LshOptions { Tables = 2 });
        using var same = Build(new LshOptions { Tables = 2 });
        using var other = Build(new LshOptions { Tables = 2, Seed = 2 });
        Assert.True(Image(one).AsSpan().SequenceEqual(Image(same)));
        Assert.False(Image(one).AsSpan().SequenceEqual(Image(other)));
    }

    [Fact]
    public void What_is_out_of_range_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Build(new LshOptions { Tables = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Build(new LshOptions { Functions = 33 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Build(new LshOptions { Width = float.NaN }));
        using var none = new NativeVectorRows(3);
        Assert.Throws<ArgumentException>(() => LshIndex.Build(none, Metric.Euclidean, new LshOptions(), CancellationToken.None));
        using var index = Build(new LshOptions { Tables = 1 });
        Assert.Throws<ArgumentException>(() => Search(index, [1], 1, 1, default(AllRows)));
        Assert.Throws<ArgumentOutOfRangeException>(() => Search(index, _set.Queries[0], 1, probes: 0, default(AllRows)));
    }

    [Fact]
    public void A_cancelled_build_and_a_cancelled_search_stop()
    {
        var cancelled = new CancellationToken(canceled: true);
        Assert.Throws<OperationCanceledException>(() => LshIndex.Build(_set.Rows, Metric.Euclidean, new LshOptions(), cancelled));
        using var index = Build(new LshOptions { Tables = 1 });
        SearchStats stats = default;
        Assert.Throws<OperationCanceledException>(() => index.Search(_set.Queries[0], 1, 2, default(AllRows), new LshScratch(), new RowDistance[1], ref stats, cancelled));
    }

    internal static byte[] Image(LshIndex index) => index.ImageSlice(0, (int)index.ImageBytes).ToArray();

    private static RowDistance[] Search<TFilter>(LshIndex index, float[] query, int k, int probes, TFilter filter)
        where TFilter : struct, IRowFilter
    {
        SearchStats stats = default;
        var results = new RowDistance[k];
        return results[..index.Search(query, k, probes, filter, new LshScratch(), results, ref stats, CancellationToken.None)];
    }

    private LshIndex Build(LshOptions options) => LshIndex.Build(_set.Rows, Metric.Euclidean, options, CancellationToken.None);

    private static (double Recall, long Distances) Measure(ClusteredSet set, LshIndex index, int probes)
    {
        SearchStats stats = default;
        var scratch = new LshScratch();
        var results = new RowDistance[K];
        double right = 0;
        foreach (var query in set.Queries)
        {
            var found = index.Search(query, K, probes, default(AllRows), scratch, results, ref stats, CancellationToken.None);
            right += results[..found].Intersect(set.Nearest(query, K, default(AllRows))).Count();
        }

        return (right / (K * set.Queries.Length), stats.Distances);
    }
}
