using System.Diagnostics;
using System.Globalization;
using JadeVector.Cli.Loading;
using JadeVector.Cli.Measuring;
using JadeVector.Client;
using JadeVector.Datasets;
using JadeVector.Engine.Distance;
using Spectre.Console;

namespace JadeVector.Cli.Demo;

/// <summary>Measures a loaded database against exact truth, and explains one search.</summary>
internal sealed class Measurement(JadeClient client, string databaseId, IAnsiConsole console)
{
    private const int TopK = 10;

    internal async Task DrainTailAsync(long rows, CancellationToken cancellation)
    {
        var since = Stopwatch.GetTimestamp();
        await console.Progress().StartAsync(async context =>
        {
            var bar = context.AddTask("linking", maxValue: Math.Max(rows, 1));
            await Tail.WhenDrainedAsync(client, databaseId, left => bar.Value = Math.Max(rows - left, 0), cancellation);
            bar.Value = bar.MaxValue;
        });
        console.MarkupLineInterpolated($"all rows linked {Stopwatch.GetElapsedTime(since).TotalSeconds:0.0} s after the last write");
    }

    /// <returns>The exit code.</returns>
    internal async Task<int> RunAsync(VectorSet set, Metric metric, Func<string, int> rowOf, DemoOptions options, CancellationToken cancellation)
    {
        var since = Stopwatch.GetTimestamp();
        var truth = await Task.Run(() => ExactTruth.Compute(set.Rows, metric, set.Queries, TopK, cancellation), cancellation);
        console.MarkupLineInterpolated($"exact truth of {set.Queries.Count:N0} queries computed by a scan in {Stopwatch.GetElapsedTime(since).TotalSeconds:0.0} s");
        var figures = await console.Progress().StartAsync(context =>
        {
            var bar = context.AddTask("searching", maxValue: set.Queries.Count * 2);
            return new SearchRun(client, databaseId, set.Queries, options.Clients, options.EfSearch).RunAsync(truth, rowOf, () => bar.Increment(1), cancellation);
        });
        console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"recall@{truth.K} [green]{figures.Recall:0.0000}[/] over {set.Queries.Count:N0} queries with {Settings(options)}");
        console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"{figures.QueriesPerSecond:N0} queries a second with {options.Clients} at once, {Times(figures.Together)}; one at a time {Times(figures.Alone)}");
        await ExplainAsync(set.Queries[0], set.Rows.Count, cancellation);
        if (figures.Recall >= DemoRun.RecallFloor) return 0;
        console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[red]the recall is below {DemoRun.RecallFloor}[/]");
        return 1;
    }

    private static string Settings(DemoOptions options) => options.EfSearch is { } ef ? string.Create(CultureInfo.InvariantCulture, $"efSearch {ef}") : "default settings";

    private static string Times(Latency latency) =>
        string.Create(CultureInfo.InvariantCulture, $"p50 {latency.Median.TotalMilliseconds:0.00} ms, p99 {latency.Percentile99.TotalMilliseconds:0.00} ms");

    private async Task ExplainAsync(float[] query, int rowCount, CancellationToken cancellation)
    {
        var response = await client.SearchAsync(databaseId, new SearchRequest { QueryVector = query, TopK = TopK, Explain = true }, cancellation: cancellation);
        var shards = (response.Explain ?? throw new CliException("The node did not explain a search that asked for it.")).Shards;
        var table = new Table { Title = new TableTitle("one search explained") };
        table.AddColumns("shard", "strategy", "vectors", "distances computed", "of the shard");
        foreach (var shard in shards)
        {
            table.AddRow(
                shard.Shard.ToString(CultureInfo.InvariantCulture),
                shard.Strategy,
                shard.VectorCount.ToString("N0", CultureInfo.InvariantCulture),
                shard.DistancesComputed.ToString("N0", CultureInfo.InvariantCulture),
                Share(shard.DistancesComputed, shard.VectorCount));
        }

        console.Write(table);
        var distances = shards.Sum(shard => shard.DistancesComputed);
        console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"distances computed: {distances:N0} of {rowCount:N0} rows, {Share(distances, rowCount)} of the base");
    }

    private static string Share(long part, long whole) => whole == 0 ? "-" : ((double)part / whole).ToString("0.00 %", CultureInfo.InvariantCulture);
}
