using System.Globalization;
using System.Text.Json;
using JadeVector.Client;
using Spectre.Console;

namespace JadeVector.Cli.Demo;

/// <summary>Searches by text and shows the results in a table.</summary>
internal sealed class ShownSearch(JadeClient client, string databaseId, IAnsiConsole console)
{
    private const int TextWidthMax = 70;

    internal async Task ShowAsync(string text, string? filter, int topK, CancellationToken cancellation)
    {
        using var filterDocument = filter is null ? null : JsonDocument.Parse(filter);
        var response = await client.SearchAsync(
            databaseId,
            new SearchRequest { QueryText = text, TopK = topK, Filters = filterDocument?.RootElement, IncludeMetadata = true },
            cancellation: cancellation);
        var title = filter is null ? $"\"{text}\"" : $"\"{text}\" where {filter}";
        var table = new Table { Title = new TableTitle(Markup.Escape(title)) };
        table.AddColumns("similarity", "id", "text", "metadata");
        foreach (var result in response.Results)
        {
            table.AddRow(
                result.Similarity.ToString("0.000", CultureInfo.InvariantCulture),
                Markup.Escape(result.Id),
                Markup.Escape(Shortened(result.Text ?? "")),
                Markup.Escape(result.Metadata is { } metadata ? Shortened(metadata.GetRawText()) : ""));
        }

        console.Write(table);
        console.MarkupLineInterpolated($"[grey]{response.Results.Count} results in {response.QueryTimeMs:0.00} ms[/]");
        console.WriteLine();
    }

    private static string Shortened(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= TextWidthMax ? line : line[..(TextWidthMax - 1)] + "…";
    }
}
