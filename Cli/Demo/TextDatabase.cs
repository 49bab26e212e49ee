using System.Diagnostics;
using JadeVector.Client;
using JadeVector.Datasets;
using Spectre.Console;

namespace JadeVector.Cli.Demo;

/// <summary>Makes a database of texts: the server embeds them.</summary>
internal static class TextDatabase
{
    /// <summary>The built-in embedder makes as many components as a database has: more than its default, since chance similarities fall with the root of the number.</summary>
    internal const int Dimension = 512;

    /// <param name="total">Documents that come, as far as known: the length of the progress bar.</param>
    /// <returns>The database's id.</returns>
    internal static async Task<string> LoadAsync(
        JadeClient client, IAnsiConsole console, string name, IEnumerable<Document> documents, long total, int shards, CancellationToken cancellation)
    {
        var id = await client.CreateDatabaseAsync(
            new DatabaseDefinition { Name = name, VectorDimension = Dimension, Metric = "cosine", Sharding = new Sharding { NumShards = shards } }, cancellation);
        var since = Stopwatch.GetTimestamp();
        var summary = await console.Progress().StartAsync(async context =>
        {
            var bar = context.AddTask("loading texts", maxValue: total);
            var result = await client.ImportAsync(id, Inputs(documents), new Reported(sent => bar.Value = sent), cancellation);
            bar.Value = bar.MaxValue;
            return result;
        });
        if (summary.Failed > 0) throw new CliException($"{summary.Failed} texts were refused, the first in line {summary.Errors[0].Line}: {summary.Errors[0].Detail}");
        var elapsed = Stopwatch.GetElapsedTime(since);
        console.MarkupLineInterpolated($"[green]{summary.Imported:N0}[/] texts embedded and durable in {elapsed.TotalSeconds:0.0} s ({summary.Imported / elapsed.TotalSeconds:N0} a second)");
        return id;
    }

    private static async IAsyncEnumerable<VectorInput> Inputs(IEnumerable<Document> documents)
    {
        foreach (var document in documents)
            yield return new VectorInput { Id = document.Id, Text = document.Text, Metadata = document.Metadata };
        await Task.CompletedTask;   // the texts are here already; the client takes a stream
    }

    /// <summary>Reports on the thread that sends, unlike <see cref="Progress{T}"/>: the bar must not go backwards.</summary>
    private sealed class Reported(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }
}
