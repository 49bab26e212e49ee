using System.Diagnostics;
using System.Globalization;
using JadeVector.Benchmarks.Measuring;
using JadeVector.Engine.Filters;
using JadeVector.Engine.Shards;

namespace JadeVector.Benchmarks.Filtering;

/// <summary>Searches with one thread, and writes a table: recall, results and queries a second per kind of filter and share of rows that it keeps.</summary>
internal sealed class FilterRun(FilteredShard shard, int k, double recallWanted, int runs, TimeSpan runTime)
{
    private static readonly int[] EfSearches = [10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1_024];

    internal void Write(TextWriter output, CancellationToken cancellation)
    {
        var unfiltered = Measure(null, 1, exact: false, null, cancellation);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{shard.RowCount:N0} rows, {shard.QueryCount} queries, k {k}; unfiltered: recall {unfiltered.Recall:0.0000} at efSearch {unfiltered.EfSearch}, {unfiltered.Qps:N0} queries/s"));
        output.WriteLine("| filter | keeps % | efSearch | recall | least results | queries/s | of unfiltered | exact scan of the matches, queries/s | of that | strategies |");
        output.WriteLine("| - | - | - | - | - | - | - | - | - | - |");
        foreach (var kind in Enum.GetValues<FilterKind>())
        {
            foreach (var share in FilteredShard.Shares)
            {
                cancellation.ThrowIfCancellationRequested();
                var found = Measure(kind, share, exact: false, unfiltered.EfSearch, cancellation);
                var scan = Measure(kind, share, exact: true, null, cancellation);
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {kind} | {FilterCommand.Percent(share)} | {found.EfSearch} | {found.Recall:0.0000} | {found.LeastResults} of {Math.Min(k, shard.CountOf(share))} | {found.Qps:N0} | {found.OfUnfiltered:0.00} | {scan.Qps:N0} | {found.Qps / scan.Qps:0.00} | {found.Strategies} |"));
            }
        }
    }

    /// <summary>The figures at the least efSearch that reaches the recall, or at the greatest.</summary>
    /// <param name="besideEfSearch">Where given, every run is followed by one of the unfiltered search, and their ratio counts: a machine that others use too changes its speed from one row of the table to the next, and the compiler is still at work in the first.</param>
    private Figures Measure(FilterKind? kind, double share, bool exact, int? besideEfSearch, CancellationToken cancellation)
    {
        var queries = Queries(kind, share, exact);
        var truth = Enumerable.Range(0, shard.QueryCount).Select(query => shard.Truth(kind, query, share, k)).ToArray();
        Figures figures = default;
        foreach (var ef in EfSearches)
        {
            figures = Check(queries, truth, ef, cancellation);
            if (figures.Recall >= recallWanted) break;
        }

        var unfiltered = Queries(null, 1, exact: false);
        Time(queries, figures.EfSearch, cancellation);
        var (times, ratios) = (new double[runs], new double[runs]);
        for (var run = 0; run < runs; run++)
        {
            times[run] = Time(queries, figures.EfSearch, cancellation);
            ratios[run] = besideEfSearch is { } ef ? times[run] / Time(unfiltered, ef, cancellation) : 1;
        }

        return figures with { Qps = SearchTimer.Median(times), OfUnfiltered = SearchTimer.Median(ratios) };
    }

    private (ShardQuery Query, byte[]? Filter)[] Queries(FilterKind? kind, double share, bool exact) =>
        [.. Enumerable.Range(0, shard.QueryCount).Select(query => QueryOf(kind, query, share, exact))];

    private (ShardQuery Query, byte[]? Filter) QueryOf(FilterKind? kind, int query, double share, bool exact) =>
        (new ShardQuery { Query = shard.Query(query), TopK = k, Exact = exact }, kind is { } of ? shard.Filter(of, query, share) : null);

    private Figures Check((ShardQuery Query, byte[]? Filter)[] queries, int[][] truth, int ef, CancellationToken cancellation)
    {
        var (right, wanted, least) = (0, 0, int.MaxValue);
        var strategies = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < queries.Length; i++)
        {
            var outcome = Search(queries[i], ef, cancellation);
            right += outcome.Hits.Select(hit => int.Parse(hit.Vector.IdText, CultureInfo.InvariantCulture)).Intersect(truth[i]).Count();
            wanted += truth[i].Length;
            least = Math.Min(least, outcome.Hits.Count);
            strategies[outcome.Explain.Strategy] = strategies.GetValueOrDefault(outcome.Explain.Strategy) + 1;
        }

        return new Figures(ef, (double)right / wanted, least, 0, 0, string.Join(", ", strategies.Select(each => $"{each.Value} {each.Key}")));
    }

    private double Time((ShardQuery Query, byte[]? Filter)[] queries, int ef, CancellationToken cancellation)
    {
        var start = Stopwatch.GetTimestamp();
        var searches = 0;
        do
        {
            foreach (var query in queries) Search(query, ef, cancellation);
            searches += queries.Length;
        }
        while (Stopwatch.GetElapsedTime(start) < runTime);
        return searches / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>As a request does it: the filter is parsed too.</summary>
    private SearchOutcome Search((ShardQuery Query, byte[]? Filter) query, int ef, CancellationToken cancellation) =>
        shard.Shard.Search(query.Query with { EfSearch = ef, Filter = query.Filter is { } filter ? Filter.Parse(filter) : null }, cancellation);

    private readonly record struct Figures(int EfSearch, double Recall, int LeastResults, double Qps, double OfUnfiltered, string Strategies);
}
