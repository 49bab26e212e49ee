using JadeVector.Client;
using JadeVector.Datasets;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;
using Spectre.Console;

namespace JadeVector.Cli.Demo;

/// <summary>Loads texts, measures searches with the vectors that the server made of some of them, and shows searches by text.</summary>
internal sealed class TextsDemo(JadeClient client, IAnsiConsole console)
{
    private const int PageSize = 1_000, ShownSearches = 3, ShownWords = 6, Results = 5;

    internal async Task<int> RunAsync(Dataset.Texts dataset, DemoOptions options, CancellationToken cancellation)
    {
        var documents = Documents.Read(dataset.Path).Take(options.Count ?? int.MaxValue).ToList();
        if (documents.Count == 0) throw new CliException($"{dataset.Path} holds no text.");
        var id = await TextDatabase.LoadAsync(client, console, "texts", documents, documents.Count, options.Shards, cancellation);
        var measurement = new Measurement(client, id, console);
        await measurement.DrainTailAsync(documents.Count, cancellation);

        var (set, rowOf) = await ReadBackAsync(id, options.Queries, cancellation);
        using (set)
        {
            var exitCode = await measurement.RunAsync(set, Metric.Cosine, key => rowOf[key], options, cancellation);
            var search = new ShownSearch(client, id, console);
            for (var i = 0; i < ShownSearches; i++)
            {
                var text = documents[(int)((long)documents.Count * i / ShownSearches)].Text;
                await search.ShowAsync(string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Take(ShownWords)), null, Results, cancellation);
            }

            return exitCode;
        }
    }

    /// <summary>The vectors that the server made of the texts; evenly spread ones of them are the queries.</summary>
    private async Task<(VectorSet Set, Dictionary<string, int> RowOf)> ReadBackAsync(string databaseId, int queriesMax, CancellationToken cancellation)
    {
        var rows = new NativeVectorRows(TextDatabase.Dimension);
        var rowOf = new Dictionary<string, int>(StringComparer.Ordinal);
        string? cursor = null;
        do
        {
            var page = await client.ListAsync(databaseId, PageSize, cursor, cancellation: cancellation);
            foreach (var vector in page.Vectors)
            {
                var values = vector.Values ?? throw new CliException($"The node listed {vector.Id} without its values.");
                DistanceKernels.Normalize(values);
                rowOf.Add(vector.Id, rows.Append(values));
            }

            cursor = page.NextCursor;
        }
        while (cursor is not null);

        var count = Math.Min(queriesMax, rows.Count);
        return (new VectorSet(rows, [.. Enumerable.Range(0, count).Select(i => rows[(int)((long)rows.Count * i / count)].ToArray())]), rowOf);
    }
}
