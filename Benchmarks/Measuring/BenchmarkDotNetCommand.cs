using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace JadeVector.Benchmarks.Measuring;

/// <summary>A command that runs the benchmarks of one class with BenchmarkDotNet.</summary>
internal static class BenchmarkDotNetCommand
{
    internal static Command Create<TBenchmarks>(string name, string description)
    {
        var filter = new Option<string>("--filter") { Description = "Which of them, with wildcards.", DefaultValueFactory = _ => "*" };
        var command = new Command(name, description) { filter };
        command.SetAction(parsed =>
        {
            // In this process: what BenchmarkDotNet would generate and build does not know this repository's build properties.
            var config = DefaultConfig.Instance
                .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
                .WithArtifactsPath(Path.Combine(Path.GetTempPath(), $"jade-bench-{name}"));
            BenchmarkSwitcher.FromTypes([typeof(TBenchmarks)]).Run(["--filter", parsed.GetValue(filter)!], config);
        });
        return command;
    }
}
