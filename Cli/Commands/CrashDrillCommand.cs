using System.CommandLine;
using JadeVector.Cli.Drills;
using JadeVector.Cli.Nodes;

namespace JadeVector.Cli.Commands;

internal static class CrashDrillCommand
{
    internal static Command Create()
    {
        var storage = new Option<string>("--storage") { Description = "local, azurite (one of our own) or an Azure Storage connection string.", DefaultValueFactory = _ => "local" };
        var kills = new Option<int>("--kills") { Description = "How often to kill the node.", DefaultValueFactory = _ => CrashDrillOptions.KillsDefault };
        var outages = new Option<int>("--outages") { Description = "How often to make the store unreachable for a few seconds, each time in another way, Azurite's graceful restart among them; needs --storage azurite." };
        var storeKills = new Option<int>("--store-kills") { Description = "How often to kill Azurite itself, every second time with the node, and look whether what it lost is shown or reported; needs --storage azurite." };
        var writers = new Option<int>("--writers") { Description = "Writers at once.", DefaultValueFactory = _ => CrashDrillOptions.WritersDefault };
        var readers = new Option<int>("--readers") { Description = "Readers at once, all through the drill.", DefaultValueFactory = _ => CrashDrillOptions.ReadersDefault };
        var seed = new Option<int>("--seed") { Description = "Decides what is written and when the node is killed.", DefaultValueFactory = _ => 1 };
        var data = new Option<string?>("--data") { Description = "Where the node keeps its data; without it, a temporary directory, which stays when something was lost." };
        kills.Validators.Add(result => CommandChecks.Range(result, CrashDrillOptions.KillsMin, CrashDrillOptions.KillsMax));
        outages.Validators.Add(result => CommandChecks.Range(result, CrashDrillOptions.OutagesMin, CrashDrillOptions.OutagesMax));
        storeKills.Validators.Add(result => CommandChecks.Range(result, CrashDrillOptions.StoreKillsMin, CrashDrillOptions.StoreKillsMax));
        writers.Validators.Add(result => CommandChecks.Range(result, CrashDrillOptions.WritersMin, CrashDrillOptions.WritersMax));
        readers.Validators.Add(result => CommandChecks.Range(result, CrashDrillOptions.ReadersMin, CrashDrillOptions.ReadersMax));
        var command = new Command("crash-drill", "Kills a node at random moments while it is written to, read and kept, checks every read and looks for every acknowledged write after each restart. Ends with 1 when one is missing.")
        {
            storage, kills, outages, storeKills, writers, readers, seed, data,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var options = new CrashDrillOptions
            {
                Kills = parsed.GetValue(kills),
                Outages = parsed.GetValue(outages),
                StoreKills = parsed.GetValue(storeKills),
                Writers = parsed.GetValue(writers),
                Readers = parsed.GetValue(readers),
                Seed = parsed.GetValue(seed),
            };
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
        await using var azurite = storage == "azurite" ? await DrillStore.StartAsync(Path.Combine(directory, "azurite"), Path.Combine(directory, "node"), cancellation) : null;
        var node = new NodeOptions
        {
            Path = path,
            DataDirectory = Path.Combine(directory, "node"),
            ConnectionString = azurite?.ConnectionString ?? (storage == "local" ? null : storage),
            LogFile = Path.Combine(directory, "node.log"),
            // Checkpoints under way when the node is killed, with the few vectors of a drill.
            Settings = new Dictionary<string, string> { ["Jade__Engine__CheckpointMebibytes"] = "1" },
        };
        var result = await CrashDrill.RunAsync(node, options, Console.Out, cancellation, azurite);
        if (temporary is not null && result.IsClean) temporary.IsKept = false;
        else await Console.Error.WriteLineAsync($"The node's data is in {directory}.");
        return result.IsClean ? 0 : 1;
    }
}
