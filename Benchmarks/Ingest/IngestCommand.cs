using System.CommandLine;
using JadeVector.Benchmarks.Load;

namespace JadeVector.Benchmarks.Ingest;

internal static class IngestCommand
{
    internal static Command Create()
    {
        var dimension = new Option<int>("--dimension") { Description = "Components of a vector.", DefaultValueFactory = _ => 784 };
        var batch = new Option<int>("--batch") { Description = "Vectors in a batch.", DefaultValueFactory = _ => 256 };
        var writers = new Option<int>("--writers") { Description = "Writers at once.", DefaultValueFactory = _ => 4 };
        var seconds = new Option<int>("--seconds") { Description = "Time of writing batches.", DefaultValueFactory = _ => 20 };
        var singles = new Option<int>("--singles") { Description = "Single vectors written one after the other, each beside an append of the same bytes.", DefaultValueFactory = _ => 2_000 };
        var shards = new Option<int>("--shards") { Description = "Shards of the database.", DefaultValueFactory = _ => 4 };
        var storage = BenchStorage.CreateOption();
        var command = new Command("ingest", "Measures durable writes over HTTP: vectors a second in batches, and the time of a single one beside the store's own append.")
        {
            dimension, batch, writers, seconds, singles, shards, storage,
        };
        foreach (var option in new[] { dimension, batch, writers, seconds, singles, shards }) BenchCommand.AtLeast(option, 1);
        command.SetAction((parsed, cancellation) => new IngestRun(
            new IngestOptions(
                parsed.GetValue(dimension),
                parsed.GetValue(batch),
                parsed.GetValue(writers),
                TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                parsed.GetValue(singles),
                parsed.GetValue(shards),
                parsed.GetValue(storage)!),
            Console.Out).RunAsync(cancellation));
        return command;
    }
}
