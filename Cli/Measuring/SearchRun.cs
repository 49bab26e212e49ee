using System.Diagnostics;
using System.Globalization;
using JadeVector.Client;
using JadeVector.Datasets;

namespace JadeVector.Cli.Measuring;

/// <param name="Recall">Mean over the queries.</param>
/// <param name="QueriesPerSecond">With several queries under way at once.</param>
/// <param name="Together">From request to answer, with several queries under way at once.</param>
/// <param name="Alone">From request to answer, one query at a time.</param>
public sealed record SearchFigures(double Recall, double QueriesPerSecond, Latency Together, Latency Alone);

/// <summary>How long requests took.</summary>
public sealed record Latency(TimeSpan Median, TimeSpan Percentile99)
{
    internal static Latency Of(TimeSpan[] times)
    {
        Array.Sort(times);
        return new Latency(SearchRun.Percentile(times, 0.5), SearchRun.Percentile(times, 0.99));
    }
}

/// <summary>Runs queries over HTTP twice: one at a time for latency and recall, then several at once for throughput.</summary>
/// <param name="clients">Queries under way at once, for throughput.</param>
/// <param name="efSearch">Candidates; null leaves it to the database.</param>
public sealed class SearchRun(JadeClient client, string databaseId, IReadOnlyList<float[]> queries, int clients, int? efSearch)
{
    private const int WarmUpQueries = 50;

    /// <param name="rowOf">The row of an id.</param>
    public async Task<SearchFigures> RunAsync(ExactTruth truth, Func<string, int> rowOf, Action progress, CancellationToken cancellation)
    {
        for (var i = 0; i < WarmUpQueries; i++) await SearchAsync(i % queries.Count, truth.K, cancellation);

        var alone = new TimeSpan[queries.Count];
        var recall = 0.0;
        for (var i = 0; i < queries.Count; i++)
        {
            var since = Stopwatch.GetTimestamp();
            var response = await SearchAsync(i, truth.K, cancellation);
            alone[i] = Stopwatch.GetElapsedTime(since);
            recall += truth.Recall(i, response.Results.Select(result => rowOf(result.Id)));
            progress();
        }

        var together = new TimeSpan[queries.Count];
        var all = Stopwatch.GetTimestamp();
        await Parallel.ForAsync(0, queries.Count, new ParallelOptions { MaxDegreeOfParallelism = clients, CancellationToken = cancellation }, async (i, token) =>
        {
            var since = Stopwatch.GetTimestamp();
            await SearchAsync(i, truth.K, token);
            together[i] = Stopwatch.GetElapsedTime(since);
            progress();
        });
        var elapsed = Stopwatch.GetElapsedTime(all);
        return new SearchFigures(recall / queries.Count, queries.Count / elapsed.TotalSeconds, Latency.Of(together), Latency.Of(alone));
    }

    /// <summary>The row that an id of <see cref="Loading.VectorLoader"/> is.</summary>
    public static int RowOfNumber(string id) => int.Parse(id, CultureInfo.InvariantCulture);

    /// <summary>The smallest of the sorted values that so large a share of them does not exceed.</summary>
    internal static TimeSpan Percentile(IReadOnlyList<TimeSpan> sorted, double share) =>
        sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Count) - 1, 0, sorted.Count - 1)];

    private Task<SearchResponse> SearchAsync(int query, int k, CancellationToken cancellation) =>
        client.SearchAsync(databaseId, new SearchRequest { QueryVector = queries[query], TopK = k, EfSearch = efSearch, IncludeMetadata = false }, cancellation: cancellation);
}
