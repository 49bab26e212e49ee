using System.CommandLine;

namespace JadeVector.Benchmarks.Scanning;

internal static class ScanCommand
{
    internal static Command Create()
    {
        var rows = new Option<int>("--rows") { Description = "Rows to scan; take more than the caches hold.", DefaultValueFactory = _ => 1_000_000 };
        var dimension = new Option<int>("--dimension") { Description = "Components of a row.", DefaultValueFactory = _ => 128 };
        var metric = new Option<string>("--metric") { Description = "l2, cosine or ip.", DefaultValueFactory = _ => "l2" };
        var threads = new Option<int>("--threads") { Description = "Measures 1 to so many threads.", DefaultValueFactory = _ => 2 };
        var runs = new Option<int>("--runs") { Description = "Runs of which the median counts.", DefaultValueFactory = _ => 5 };
        var command = new Command("scan", "Measures the exact scan: bytes of vectors a second with one query a pass, against a plain read of the same memory, and queries a second with eight.")
        {
            rows, dimension, metric, threads, runs,
        };
        foreach (var option in new[] { rows, dimension, threads, runs }) BenchCommand.AtLeast(option, 1);
        command.SetAction((parsed, cancellation) => Task.Run(
            () =>
            {
                using var run = new ScanRun(parsed.GetValue(rows), parsed.GetValue(dimension), BenchCommand.ParseMetric(parsed.GetValue(metric)!), parsed.GetValue(runs));
                run.Write(parsed.GetValue(threads), Console.Out, cancellation);
            },
            cancellation));
        return command;
    }
}
