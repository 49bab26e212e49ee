using System.CommandLine;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace JadeVector.Benchmarks.Kernels;

internal static class KernelsCommand
{
    internal static Command Create()
    {
        var filter = new Option<string>("--filter") { Description = "Which of them, with wildcards.", DefaultValueFactory = _ => "*" };
        var command = new Command("kernels", "Measures the distance kernels with BenchmarkDotNet.") { filter };
        command.SetAction(parsed =>
        {
            // In this process: what BenchmarkDotNet would generate and build does not know this repository's build properties.
            var config = DefaultConfig.Instance
                .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
                .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "jade-bench-kernels"));
            BenchmarkSwitcher.FromAssembly(typeof(KernelsCommand).Assembly).Run(["--filter", parsed.GetValue(filter)!], config);
        });
        return command;
    }
}
