using JadeVector.Engine.Distance;
using JadeVector.Engine.Hnsw;
using JadeVector.Engine.Memory;
using Xunit;

namespace JadeVector.Tests.Engine.Hnsw;

public sealed class HnswConcurrencyTests
{
    /// <summary>Two to four linkers side by side gave the recall of one, .99 and more.</summary>
    private const double RecallFloor = 0.98;

    [Fact]
    public void Searches_during_a_parallel_build_find_valid_rows_and_the_graph_is_as_good()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 4_000, queries: 100);
        using var graph = new HnswGraph(set.Rows, Metric.Euclidean, new HnswOptions());
        var failures = BuildInParallel(graph, set, linkers: 3, searchers: 2, (scratch, random) => Check(graph, set, scratch, random));
        Assert.Empty(failures);
        Assert.Equal(set.Rows.Count, graph.Count);
        graph.AssertInvariants();
        Assert.Equal(set.Rows.Count, graph.CountReachable());
        var (recall, _) = set.Recall(graph, k: 10, ef: 64, default(AllRows));
        Assert.True(recall >= RecallFloor, $"recall {recall}");
    }

    [Fact]
    public void Rows_below_the_count_are_found_while_others_are_being_linked()
    {
        using var set = ClusteredSet.Create(Metric.Cosine, rows: 3_000, queries: 0);
        using var graph = new HnswGraph(set.Rows, Metric.Cosine, new HnswOptions());
        long asked = 0, missed = 0;
        var failures = BuildInParallel(graph, set, linkers: 2, searchers: 1, (scratch, random) =>
        {
            var count = graph.Count;
            if (count == 0)
                return null;
            var row = random.Next(count);
            var results = new RowDistance[1];
            SearchStats stats = default;
            var found = graph.Search(set.Rows[row], 1, 64, default(AllRows), scratch, results, ref stats, CancellationToken.None);
            asked++;
            missed += found == 1 && results[0].Row == row ? 0 : 1;
            return null;
        });
        Assert.Empty(failures);
        Assert.True(missed <= asked / 100, $"{missed} of {asked} rows were not found");
    }

    [Fact]
    public void Equal_rows_inserted_at_the_same_time_are_all_there()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 200, queries: 0);
        for (var copy = 0; copy < 2_000; copy++)
            set.Rows.Append(set.Rows[copy % 5].ToArray());
        using var graph = new HnswGraph(set.Rows, Metric.Euclidean, new HnswOptions());
        Assert.Empty(BuildInParallel(graph, set, linkers: 4, searchers: 0, (_, _) => null));
        graph.AssertInvariants();
        Assert.Equal(set.Rows.Count, graph.Count);
        Assert.Equal(set.Rows.Count, graph.CountReachable());
        for (var row = 0; row < 5; row++)
            Assert.Equal(401, graph.Search(set.Rows[row].ToArray(), 401, 64).Count(result => result.Distance == 0));
    }

    [Fact]
    public void Scratches_of_a_pool_are_lent_to_one_at_a_time()
    {
        var pool = new ScratchPool<HnswScratch>();
        var first = pool.Rent();
        var second = pool.Rent();
        Assert.NotSame(first, second);
        pool.Return(first);
        Assert.Same(first, pool.Rent());
    }

    [Fact]
    public void One_scratch_serves_many_searches_of_graphs_of_different_size()
    {
        using var large = ClusteredSet.Create(Metric.Euclidean, rows: 500, queries: 300);
        using var small = ClusteredSet.Create(Metric.Euclidean, rows: 60, queries: 0, dimension: 20);
        using var first = large.Build();
        using var second = small.Build();
        var scratch = new HnswScratch();
        // More walks than there are epochs in a byte, so that the marks are cleared on the way.
        foreach (var query in large.Queries)
        {
            var results = new RowDistance[5];
            SearchStats stats = default;
            Assert.Equal(5, second.Search(small.Rows[3], 5, 10, default(AllRows), scratch, results, ref stats, CancellationToken.None));
            Assert.Equal(3, results[0].Row);
            Assert.Equal(5, first.Search(query, 5, 10, default(AllRows), scratch, results, ref stats, CancellationToken.None));
            Assert.Equal(first.Search(query, 5, 10), results);
        }
    }

    /// <summary>A search with an answer that can be checked at any moment; says what is wrong with it.</summary>
    private static string? Check(HnswGraph graph, ClusteredSet set, HnswScratch scratch, Random random)
    {
        var query = set.Queries[random.Next(set.Queries.Length)];
        var before = graph.Count;
        var results = new RowDistance[10];
        SearchStats stats = default;
        var found = random.Next(2) == 0
            ? graph.Search(query, 10, 32, default(AllRows), scratch, results, ref stats, CancellationToken.None)
            : graph.Search(query, 10, 32, new EveryNth(3), scratch, results, ref stats, CancellationToken.None);
        if (before > 100 && found < 10)
            return $"{found} rows found of {before}";
        var seen = new HashSet<int>();
        foreach (var result in results.AsSpan(0, found))
        {
            if ((uint)result.Row >= (uint)set.Rows.Count || !seen.Add(result.Row))
                return $"row {result.Row} is none, or there twice";
            if (result.Distance != DistanceKernels.Compute(set.Metric, query, set.Rows[result.Row]))
                return $"row {result.Row} is not at {result.Distance}";
        }

        return null;
    }

    /// <summary>Inserts all rows with some threads while others search.</summary>
    /// <returns>What <paramref name="search"/> found wrong, and exceptions.</returns>
    private static List<string> BuildInParallel(HnswGraph graph, ClusteredSet set, int linkers, int searchers, Func<HnswScratch, Random, string?> search)
    {
        var failures = new List<string>();
        var next = -1;
        var threads = new List<Thread>();
        void Run(Action work) => threads.Add(new Thread(() =>
        {
            try
            {
                work();
            }
            catch (Exception e)
            {
                Fail(e.ToString());
            }
        }));
        void Fail(string what)
        {
            lock (failures)
            {
                failures.Add(what);
            }
        }

        for (var i = 0; i < linkers; i++)
        {
            Run(() =>
            {
                var scratch = new HnswScratch();
                for (var row = Interlocked.Increment(ref next); row < set.Rows.Count; row = Interlocked.Increment(ref next))
                    graph.Insert(row, scratch);
            });
        }

        for (var i = 0; i < searchers; i++)
        {
            var seed = i;
            Run(() =>
            {
                var scratch = new HnswScratch();
                var random = new Random(seed);
                while (graph.Count < set.Rows.Count && failures.Count == 0)
                {
                    if (search(scratch, random) is { } wrong)
                        Fail(wrong);
                }
            });
        }

        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        return failures;
    }
}
