using System.CommandLine;
using JadeVector.Cli.Demo;

namespace JadeVector.Cli.Commands;

internal static class DemoCommand
{
    internal static Command Create()
    {
        var data = new Option<string?>("--data") { Description = "A directory with an IDX, .fbin, .fvecs or .npy set (base and queries) or an .ndjson file of texts; without it, built-in facts." };
        var port = new Option<int>("--port") { Description = "The node's port; 0 finds a free one." };
        var count = new Option<int?>("--count") { Description = "Load so many rows at most." };
        var queries = new Option<int>("--queries") { Description = "Measure with so many queries at most.", DefaultValueFactory = _ => DemoOptions.QueriesDefault };
        var shards = new Option<int>("--shards") { Description = "Shards of the database.", DefaultValueFactory = _ => DemoOptions.ShardsDefault };
        var clients = new Option<int>("--clients") { Description = "Searches under way at once.", DefaultValueFactory = _ => DemoOptions.ClientsDefault };
        var efSearch = new Option<int?>("--ef-search") { Description = "Candidates of a search; without it, the database's default." };
        shards.Validators.Add(result => CommandChecks.Range(result, 1, 64));
        clients.Validators.Add(result => CommandChecks.Range(result, 1, 256));
        efSearch.Validators.Add(result => CommandChecks.Range(result, 1, 10_000));
        port.Validators.Add(result => CommandChecks.Range(result, 0, 65_535));
        count.Validators.Add(result => CommandChecks.Range(result, 1, int.MaxValue));
        queries.Validators.Add(result => CommandChecks.Range(result, 1, 1_000_000));
        var command = new Command("demo", "Starts a node of its own, loads data and shows searches. Ends with 1 when the recall against exact truth is below 0.95.")
        {
            data, port, count, queries, shards, clients, efSearch,
        };
        command.SetAction((parsed, cancellation) => DemoRun.RunAsync(
            new DemoOptions
            {
                Data = parsed.GetValue(data),
                Port = parsed.GetValue(port),
                Count = parsed.GetValue(count),
                Queries = parsed.GetValue(queries),
                Shards = parsed.GetValue(shards),
                Clients = parsed.GetValue(clients),
                EfSearch = parsed.GetValue(efSearch),
            },
            CommandConsole.Create(),
            cancellation));
        return command;
    }
}
