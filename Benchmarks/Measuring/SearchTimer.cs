using System.Diagnostics;
using JadeVector.Benchmarks.Indexes;
using JadeVector.Datasets;

namespace JadeVector.Benchmarks.Measuring;

/// <summary>Measures searches of one index with one set of queries.</summary>
/// <param name="threads">Threads that search at once.</param>
/// <param name="runs">Runs of which the median counts.</param>
/// <param name="runTime">A run goes over all queries as often as it takes to last so long.</param>
internal sealed class SearchTimer(IBenchIndex index, IReadOnlyList<float[]> queries, ExactTruth truth, int k, int threads, int runs, TimeSpan runTime)
{
    /// <summary>Searches with every query once, to see what is found. It warms up, too.</summary>
    internal double Recall(int setting) => Recall(setting, out _);

    internal Timing Measure(int setting, CancellationToken cancellation)
    {
        var recall = Recall(setting, out var elapsed);
        var passes = (int)Math.Clamp(Math.Ceiling(runTime / elapsed * threads), 1, 1_000);
        var timings = new List<Timing>();
        for (var run = 0; run < runs; run++)
        {
            cancellation.ThrowIfCancellationRequested();
            timings.Add(MeasureOnce(setting, passes, recall));
        }

        return new Timing(recall, Median(timings.Select(timing => timing.Qps)), Median(timings.Select(timing => timing.P50)), Median(timings.Select(timing => timing.P99)));
    }

    internal static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private double Recall(int setting, out TimeSpan elapsed)
    {
        var searcher = index.CreateSearcher();
        var found = new int[queries.Count][];
        var results = new int[k];
        var since = Stopwatch.GetTimestamp();
        for (var query = 0; query < queries.Count; query++) found[query] = results[..searcher.Search(queries[query], k, setting, results)];
        elapsed = Stopwatch.GetElapsedTime(since);
        return Enumerable.Range(0, queries.Count).AsParallel().Average(query => truth.Recall(query, found[query]));
    }

    private Timing MeasureOnce(int setting, int passes, double recall)
    {
        var total = checked(queries.Count * passes);
        var ticks = new long[total];
        var next = -1;
        var start = 0L;
        using var ready = new Barrier(threads, _ => start = Stopwatch.GetTimestamp());
        Threads.Run(threads, _ =>
        {
            var searcher = index.CreateSearcher();
            var results = new int[k];
            searcher.Search(queries[0], k, setting, results);   // its scratch memory grows before the clock runs
            ready.SignalAndWait();
            var since = Stopwatch.GetTimestamp();
            while (Interlocked.Increment(ref next) is var query && query < total)
            {
                searcher.Search(queries[query % queries.Count], k, setting, results);
                var now = Stopwatch.GetTimestamp();
                ticks[query] = now - since;
                since = now;
            }
        });
        var elapsed = Stopwatch.GetElapsedTime(start);
        Array.Sort(ticks);
        return new Timing(recall, total / elapsed.TotalSeconds, Microseconds(ticks, 0.5), Microseconds(ticks, 0.99));
    }

    private static double Microseconds(long[] sortedTicks, double share) =>
        sortedTicks[Math.Clamp((int)Math.Ceiling(share * sortedTicks.Length) - 1, 0, sortedTicks.Length - 1)] * 1e6 / Stopwatch.Frequency;
}

/// <param name="P50">Microseconds.</param>
/// <param name="P99">Microseconds.</param>
internal readonly record struct Timing(double Recall, double Qps, double P50, double P99);
