using System.CommandLine;
using JadeVector.Benchmarks.Load;

namespace JadeVector.Benchmarks.Overload;

internal static class OverloadCommand
{
    /// <summary>Set in the process that has been put on its processor.</summary>
    private const string NodeProcessorVariable = "JADE_BENCH_NODE_PROCESSOR";

    internal static Command Create()
    {
        var rows = new Option<int>("--rows") { Description = "Vectors in the database.", DefaultValueFactory = _ => 20_000 };
        var dimension = new Option<int>("--dimension") { Description = "Components of a vector.", DefaultValueFactory = _ => 784 };
        var efSearch = new Option<int?>("--ef-search") { Description = "Candidates of each search, and so what it costs; without it, the database's own." };
        var factor = new Option<double>("--factor") { Description = "Times its capacity that the node is asked for.", DefaultValueFactory = _ => 10 };
        var seconds = new Option<int>("--seconds") { Description = "Time of overload.", DefaultValueFactory = _ => 60 };
        var baseSeconds = new Option<int>("--base-seconds") { Description = "Time of each measurement before it.", DefaultValueFactory = _ => 10 };
        var warmSeconds = new Option<int>("--warm-seconds") { Description = "Time of the same overload before anything is measured, for the runtime's compiler.", DefaultValueFactory = _ => 10 };
        var connections = new Option<int>("--connections") { Description = "Requests under way at once at most.", DefaultValueFactory = _ => 1_000 };
        var wait = new Option<int?>("--wait-ms") { Description = "The node's Jade:Engine:SearchWaitMilliseconds; without it, a quarter of the p99 of a node with nothing else to do." };
        var command = new Command("overload", "Asks a node on one processor for many times what it can do, from another, and tells what it still does.")
        {
            rows, dimension, efSearch, factor, seconds, baseSeconds, warmSeconds, connections, wait,
        };
        foreach (var option in new[] { rows, dimension, seconds, baseSeconds, warmSeconds, connections }) BenchCommand.AtLeast(option, 1);
        command.SetAction(async (parsed, cancellation) =>
        {
            if (Environment.GetEnvironmentVariable(NodeProcessorVariable) is { Length: > 0 } nodeProcessor)
            {
                var options = new OverloadOptions
                {
                    Rows = parsed.GetValue(rows),
                    Dimension = parsed.GetValue(dimension),
                    EfSearch = parsed.GetValue(efSearch),
                    Factor = parsed.GetValue(factor),
                    Time = TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                    BaseTime = TimeSpan.FromSeconds(parsed.GetValue(baseSeconds)),
                    WarmTime = TimeSpan.FromSeconds(parsed.GetValue(warmSeconds)),
                    Connections = parsed.GetValue(connections),
                    WaitMilliseconds = parsed.GetValue(wait),
                };
                await new OverloadRun(options, nodeProcessor, Console.Out).RunAsync(cancellation);
                return 0;
            }

            if (Environment.ProcessorCount < 2) throw new BenchException("Node and load need a processor each; this machine has one.");
            Environment.SetEnvironmentVariable(NodeProcessorVariable, "0");
            return await MeasuredProcess.RunOnAsync(MeasuredProcess.LastProcessor, Environment.GetCommandLineArgs()[1..], cancellation);
        });
        return command;
    }
}
