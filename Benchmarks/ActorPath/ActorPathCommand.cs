using System.CommandLine;

namespace JadeVector.Benchmarks.ActorPath;

internal static class ActorPathCommand
{
    internal static Command Create()
    {
        var shards = new Option<int[]>("--shards") { Description = "Numbers of shards to measure.", DefaultValueFactory = _ => [1, 4, 8], AllowMultipleArgumentsPerToken = true };
        var rows = new Option<int>("--rows") { Description = "Vectors in each database.", DefaultValueFactory = _ => 20_000 };
        var dimension = new Option<int>("--dimension") { Description = "Components of a vector.", DefaultValueFactory = _ => 128 };
        var requests = new Option<int>("--requests") { Description = "Searches of each kind in a run.", DefaultValueFactory = _ => 1_000 };
        var runs = new Option<int>("--runs") { Description = "Runs of which the median counts; the kinds take turns.", DefaultValueFactory = _ => 5 };
        var command = new Command("actor-path", "Measures what grains and HTTP add to a search: the engine's own call, the planner over shard grains, and REST, one search at a time.")
        {
            shards, rows, dimension, requests, runs,
        };
        foreach (var option in new[] { rows, dimension, requests, runs }) BenchCommand.AtLeast(option, 1);
        command.SetAction((parsed, cancellation) => ActorPathRun.RunAsync(
            parsed.GetValue(shards)!, parsed.GetValue(rows), parsed.GetValue(dimension), parsed.GetValue(requests), parsed.GetValue(runs), Console.Out, cancellation));
        return command;
    }
}
