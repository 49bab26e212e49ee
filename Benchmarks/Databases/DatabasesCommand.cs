using System.CommandLine;
using JadeVector.Benchmarks.Load;

namespace JadeVector.Benchmarks.Databases;

internal static class DatabasesCommand
{
    internal static Command Create()
    {
        var count = new Option<int>("--count") { Description = "Databases.", DefaultValueFactory = _ => 1_000 };
        var vectors = new Option<int>("--vectors") { Description = "Vectors in each.", DefaultValueFactory = _ => 20 };
        var dimension = new Option<int>("--dimension") { Description = "Components of a vector.", DefaultValueFactory = _ => 128 };
        var clients = new Option<int>("--clients") { Description = "Clients that create them.", DefaultValueFactory = _ => 32 };
        var active = new Option<int>("--active") { Description = "Databases that are asked for something afterwards.", DefaultValueFactory = _ => 100 };
        var idle = new Option<int>("--idle-seconds") { Description = "The node's Jade:Engine:IdleSeconds.", DefaultValueFactory = _ => 30 };
        var storage = BenchStorage.CreateOption();
        var command = new Command("databases", "Creates many small databases on a node and tells what they cost: time, memory, blobs, and the first query of a cold one.")
        {
            count, vectors, dimension, clients, active, idle, storage,
        };
        foreach (var option in new[] { count, vectors, dimension, clients, active, idle }) BenchCommand.AtLeast(option, 1);
        command.SetAction((parsed, cancellation) => new DatabasesRun(
            new DatabasesOptions(
                parsed.GetValue(count), parsed.GetValue(vectors), parsed.GetValue(dimension), parsed.GetValue(clients), parsed.GetValue(active), parsed.GetValue(idle), parsed.GetValue(storage)!),
            Console.Out).RunAsync(cancellation));
        return command;
    }
}
