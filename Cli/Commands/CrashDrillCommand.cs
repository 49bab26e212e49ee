using System.CommandLine;
using JadeVector.Cli.Drills;
using JadeVector.Cli.Nodes;

namespace JadeVector.Cli.Commands;

internal static class CrashDrillCommand
{
    internal static Command Create()
    {
        var storage = new Option<string>("--storage") { Description = "local, azurite (one of our own, which stays up) or an Azure Storage connection string.", DefaultValueFactory = _ => "local" };
        var kills = new Option<int>("--kills") { Description = "How often to kill the node.", DefaultValueFactory = _ => CrashDrillOptions.KillsDefault };
        var writers = new Option<int>("--writers") { Description = "Writers at once.", DefaultValueFactory = _ => CrashDrillOptions.WritersDefault };
        var seed = new Option<int>("--seed") { Description = "Decides what is written and when the node is killed.", DefaultValueFactory = _ => 1 };
        var data = new Option<string?>("--data") { Description = "Where the node keeps its data; without it, a temporary directory, which stays when something was lost." };
        kills.Validators.Add(result => CommandChecks.Range(result, CrashDrillOptions.KillsMin, CrashDrillOptions.KillsMax));
        writers.Validators.Add(result => CommandChecks.Range(result, CrashDrillOptions.WritersMin, CrashDrillOptions.WritersMax));
        var command = new Command("crash-drill", "Kills a node at random moments while it is written to, and looks for every acknowledged write after each restart. Ends with 1 when one is missing.")
        {
            storage, kills, writers, seed, data,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var options = new CrashDrillOptions { Kills = parsed.GetValue(kills), Writers = parsed.GetValue(writers), Seed = parsed.GetValue(seed) };
            return RunAsync(parsed.GetValue(storage)!, parsed.GetValue(data), options, cancellation);
        });
        return command;
    }

    private static async Task<int> RunAsync(string storage, string? data, CrashDrillOptions options, CancellationToken cancellation)
    {
        if (storage is not ("local" or "azurite") && !storage.Contains('=')) throw new CliException($"--storage is local, azurite or a connection string, not '{storage}'.");
        var path = NodeOptions.PathFromEnvironment();
        using var temporary = data is null ? new TemporaryDirectory("jade-crash-drill-") : null;
        if (temporary is not null) temporary.IsKept = true;   // until the drill is over and found nothing
        var directory = data ?? temporary!.Path;
        await using var azurite = storage == "azurite" ? await AzuriteProcess.StartAsync(Directory.CreateDirectory(Path.Combine(directory, "azurite")).FullName, cancellation) : null;
        var node = new NodeOptions
        {
            Path = path,
            DataDirectory = Path.Combine(directory, "node"),
            ConnectionString = azurite?.ConnectionString ?? (storage == "local" ? null : storage),
        };
        var result = await CrashDrill.RunAsync(node, options, Console.Out, cancellation);
        if (temporary is not null && result.IsClean) temporary.IsKept = false;
        else await Console.Error.WriteLineAsync($"The node's data is in {directory}.");
        return result.IsClean ? 0 : 1;
    }
}
