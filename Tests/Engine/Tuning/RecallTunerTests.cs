using JadeVector.Engine.Distance;
using JadeVector.Engine.Hnsw;
using JadeVector.Engine.Memory;
using JadeVector.Engine.Tuning;
using JadeVector.Tests.Engine.Hnsw;
using Xunit;

namespace JadeVector.Tests.Engine.Tuning;

public sealed class RecallTunerTests
{
    private const int K = 10;

    public static TheoryData<Metric> Metrics => [Metric.Cosine, Metric.Euclidean];

    [Theory, MemberData(nameof(Metrics))]
    public void A_setting_that_is_found_on_the_data_holds_for_queries_that_it_has_not_seen(Metric metric)
    {
        using var set = ClusteredSet.Create(metric, rows: 3_000, queries: 100);
        using var graph = set.Build(new HnswOptions { M = 8, EfConstruction = 40 });
        var tuner = RecallTuner.Create(set.Rows, metric, K, RecallTuner.QueriesDefault, new Random(1), CancellationToken.None);
        var low = tuner.Tune(0.8, 1, 1_000, Searcher(graph), CancellationToken.None);
        var high = tuner.Tune(0.98, 1, 1_000, Searcher(graph), CancellationToken.None);
        Assert.True(low <= high, $"{low} {high}");
        Assert.InRange(set.Recall(graph, K, high!.Value, default(AllRows)).Recall, 0.93, 1);
    }

    [Fact]
    public void The_exact_answer_has_recall_one_and_none_has_zero()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 500, queries: 1);
        var tuner = RecallTuner.Create(set.Rows, Metric.Euclidean, K, 20, new Random(1), CancellationToken.None);
        Assert.Equal(1, tuner.Recall(1, (query, _, results) => Exact(set, query, results), CancellationToken.None));
        Assert.Equal(0.5, tuner.Recall(1, (query, _, results) => Exact(set, query, results) / 2, CancellationToken.None));
        Assert.Equal(0, tuner.Recall(1, (_, _, _) => 0, CancellationToken.None));
        Assert.Null(tuner.Tune(0.9, 1, 50, (_, _, _) => 0, CancellationToken.None));
    }

    [Fact]
    public void Queries_are_moved_rows_and_the_same_for_the_same_seed()
    {
        using var set = ClusteredSet.Create(Metric.Cosine, rows: 500, queries: 1);
        var tuner = RecallTuner.Create(set.Rows, Metric.Cosine, K, 20, new Random(7), CancellationToken.None);
        var same = RecallTuner.Create(set.Rows, Metric.Cosine, K, 20, new Random(7), CancellationToken.None);
        Assert.Equal(tuner.Queries, same.Queries);
        Assert.All(tuner.Queries, query =>
        {
            Assert.Equal(1, DistanceKernels.Norm(query), 1e-4);
        });
        var moved = tuner.Queries.Count(query => !Enumerable.Range(0, set.Rows.Count).Any(row => set.Rows[row].SequenceEqual(query)));
        Assert.InRange(moved, 15, 20);   // two equal neighbours that happen to be drawn leave a row where it is
    }

    [Fact]
    public void Fewer_rows_than_asked_for_will_do_but_not_one()
    {
        using var rows = new NativeVectorRows(2);
        rows.Append([1, 0]);
        Assert.Throws<ArgumentException>(() => RecallTuner.Create(rows, Metric.Euclidean, K, 20, new Random(1), CancellationToken.None));
        rows.Append([0, 1]);
        var tuner = RecallTuner.Create(rows, Metric.Euclidean, K, 20, new Random(1), CancellationToken.None);
        Assert.Equal(1, tuner.Recall(1, (_, _, results) =>
        {
            results[0] = new RowDistance(0, 0);
            results[1] = new RowDistance(1, 0);
            return 2;
        }, CancellationToken.None));
    }

    private static int Exact(ClusteredSet set, ReadOnlySpan<float> query, Span<RowDistance> results)
    {
        var nearest = set.Nearest(query.ToArray(), results.Length, default(AllRows));
        nearest.CopyTo(results);
        return nearest.Length;
    }

    private static SettingSearch Searcher(HnswGraph graph)
    {
        var scratch = new HnswScratch();
        return (query, ef, results) =>
        {
            SearchStats stats = default;
            return graph.Search(query, results.Length, ef, default(AllRows), scratch, results, ref stats, CancellationToken.None);
        };
    }
}
