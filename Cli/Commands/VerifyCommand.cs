using System.CommandLine;
using JadeVector.Cli.Verifying;

namespace JadeVector.Cli.Commands;

internal static class VerifyCommand
{
    internal static Command Create()
    {
        var data = new Option<string>("--data") { Description = "The node's data directory.", DefaultValueFactory = _ => "data" };
        var storage = new Option<string>("--storage") { Description = "local, or an Azure Storage connection string.", DefaultValueFactory = _ => "local" };
        var repair = new Option<bool>("--repair") { Description = "Repair what loses nothing, and delete what nothing names." };
        var acceptLoss = new Option<bool>("--accept-loss") { Description = "With --repair: also give up vectors that are beyond saving; their ids and the damaged blobs are kept." };
        var command = new Command("verify", "Reads and checks every byte of a store and says what a repair would do. Stop the node first, or run it on Azure Storage beside one. Ends with 1 when damage is left.")
        {
            data, storage, repair, acceptLoss,
        };
        command.SetAction((parsed, cancellation) =>
        {
            if (parsed.GetValue(acceptLoss) && !parsed.GetValue(repair))
                throw new CliException("--accept-loss says how far --repair may go: give both.");
            return VerifyRun.RunAsync(parsed.GetValue(storage)!, parsed.GetValue(data)!, parsed.GetValue(repair), parsed.GetValue(acceptLoss), Console.Out, cancellation);
        });
        return command;
    }
}
