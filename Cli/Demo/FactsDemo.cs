using System.Reflection;
using JadeVector.Client;
using JadeVector.Datasets;
using Spectre.Console;

namespace JadeVector.Cli.Demo;

/// <summary>Searches a few hundred built-in facts by text, with and without filters.</summary>
internal sealed class FactsDemo(JadeClient client, IAnsiConsole console)
{
    private const string Resource = "facts.ndjson";
    private const int Results = 5;

    internal static readonly (string Text, string? Filter)[] Searches =
    [
        ("Which rivers flow through Egypt?", null),
        ("astronauts who walked on the Moon", null),
        ("first woman", """{"topic":"space"}"""),
        ("who invented a programming language", """{"topic":"computing","year":{"$gte":1990}}"""),
        ("the largest animal in the ocean", """{"tags":["ocean"]}"""),
        ("a famous wall", """{"or":[{"country":"Germany"},{"country":"China"}]}"""),
        ("tower in a capital", """{"year":{"$lt":1900},"not":{"country":"United Kingdom"}}"""),
    ];

    internal static IReadOnlyList<Document> Facts()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"{Resource} is not in the assembly.");
        return [.. Documents.Read(stream, Resource)];
    }

    internal async Task<int> RunAsync(DemoOptions options, CancellationToken cancellation)
    {
        var facts = Facts().Take(options.Count ?? int.MaxValue).ToList();
        var id = await TextDatabase.LoadAsync(client, console, "facts", facts, facts.Count, shards: 1, cancellation);
        console.WriteLine();
        var search = new ShownSearch(client, id, console);
        foreach (var (text, filter) in Searches) await search.ShowAsync(text, filter, Results, cancellation);
        return 0;
    }
}
