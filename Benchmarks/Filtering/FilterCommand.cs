using System.CommandLine;
using System.Globalization;
using JadeVector.Datasets;

namespace JadeVector.Benchmarks.Filtering;

internal static class FilterCommand
{
    internal static Command Create()
    {
        var rows = new Option<string>("--base") { Description = "Vectors to search: a file of any kind that bench reads.", Required = true };
        var queries = new Option<string>("--query") { Description = "Vectors to search with.", Required = true };
        var metric = new Option<string>("--metric") { Description = "l2, cosine or ip.", DefaultValueFactory = _ => "l2" };
        var k = new Option<int>("--k") { Description = "Results asked for.", DefaultValueFactory = _ => BenchOptions.KDefault };
        var recall = new Option<double>("--recall") { Description = "Every setting is the least efSearch that reaches it.", DefaultValueFactory = _ => 0.99 };
        var queryCount = new Option<int>("--queries") { Description = "Queries; each row carries half a tag for each of them.", DefaultValueFactory = _ => 100 };
        var count = new Option<int?>("--count") { Description = "Use so many rows at most." };
        var runs = new Option<int>("--runs") { Description = "Runs of which the median counts.", DefaultValueFactory = _ => BenchOptions.RunsDefault };
        var command = new Command("filter", "Measures filtered search of a shard against unfiltered search and against the exact scan of the matches: filters at random, around the query, and away from it.")
        {
            rows, queries, metric, k, recall, queryCount, count, runs,
        };
        foreach (var option in new[] { k, queryCount, runs }) BenchCommand.AtLeast(option, 1);
        BenchCommand.AtLeast(count, 1);
        command.SetAction(async (parsed, cancellation) =>
        {
            var of = BenchCommand.ParseMetric(parsed.GetValue(metric)!);
            var files = new Dataset.Vectors(parsed.GetValue(rows)!, parsed.GetValue(queries)!);
            using var set = VectorSet.Read(files, parsed.GetValue(count), parsed.GetValue(queryCount));
            await using var shard = await FilteredShard.CreateAsync(set, of, cancellation);
            new FilterRun(shard, parsed.GetValue(k), parsed.GetValue(recall), parsed.GetValue(runs), TimeSpan.FromSeconds(0.5)).Write(Console.Out, cancellation);
        });
        return command;
    }

    internal static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.###}");
}
