using System.Diagnostics;
using System.Globalization;
using JadeVector.Cli.Loading;
using JadeVector.Cli.Measuring;
using JadeVector.Client;
using JadeVector.Datasets;
using JadeVector.Engine.Distance;
using Spectre.Console;

namespace JadeVector.Cli.Demo;

/// <summary>Loads a set of vectors into several shards and measures searches against exact truth.</summary>
internal sealed class VectorsDemo(JadeClient client, IAnsiConsole console)
{
    internal async Task<int> RunAsync(Dataset.Vectors dataset, DemoOptions options, CancellationToken cancellation)
    {
        using var set = VectorSet.Read(dataset, options.Count, options.Queries);
        console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"{set.Rows.Count:N0} × {set.Rows.Dimension} from {dataset.BasePath}, {set.Queries.Count:N0} queries");
        var id = await client.CreateDatabaseAsync(
            new DatabaseDefinition { Name = "demo", VectorDimension = set.Rows.Dimension, Metric = "euclidean", Sharding = new Sharding { NumShards = options.Shards } },
            cancellation);
        await LoadAsync(set, id, options.Shards, cancellation);
        var measurement = new Measurement(client, id, console);
        await measurement.DrainTailAsync(set.Rows.Count, cancellation);
        return await measurement.RunAsync(set, Metric.Euclidean, SearchRun.RowOfNumber, options, cancellation);
    }

    private async Task LoadAsync(VectorSet set, string databaseId, int shards, CancellationToken cancellation)
    {
        var since = Stopwatch.GetTimestamp();
        await console.Progress().StartAsync(context =>
        {
            var bar = context.AddTask("loading", maxValue: set.Rows.Count);
            return new VectorLoader(client, databaseId).LoadAsync(set.Rows, rows => bar.Increment(rows), cancellation);
        });
        var elapsed = Stopwatch.GetElapsedTime(since);
        console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[green]{set.Rows.Count:N0}[/] vectors durable in {elapsed.TotalSeconds:0.0} s into {shards} shards with {VectorLoader.Writers} writers ({set.Rows.Count / elapsed.TotalSeconds:N0} rows a second)");
    }
}
