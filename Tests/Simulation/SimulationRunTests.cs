using System.Diagnostics;
using Xunit;

namespace JadeVector.Tests.Simulation;

/// <summary>Short runs of the simulator, as processes of their own: a run wants the one thread of its process.</summary>
public sealed class SimulationRunTests
{
    [Fact]
    public void Clients_see_no_broken_promise_in_a_short_run()
    {
        var (exitCode, output) = Run("--seeds", "6", "--steps", "2000", "--operations", "150");
        Assert.True(exitCode == 0, output);
        Assert.Contains("0 violations", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_seed_takes_the_same_decisions_in_another_process()
    {
        string[] arguments = ["--seed", "7", "--steps", "1000", "--operations", "80", "--trace"];
        var (first, second) = (Run(arguments).Output, Run(arguments).Output);
        var lines = first.Split('\n').Zip(second.Split('\n')).TakeWhile(pair => !pair.First.Contains("simulated hours", StringComparison.Ordinal)).ToArray();
        Assert.True(lines.Length > 1000);
        Assert.All(lines, pair => Assert.Equal(pair.First, pair.Second));
    }

    [Theory]
    [InlineData("LoseAppends")]
    [InlineData("IgnoreConditions")]
    [InlineData("RepeatAppends")]
    public void A_store_that_breaks_its_contract_is_noticed(string breach)
    {
        var (exitCode, output) = Run("--seeds", "3", "--steps", "2000", "--operations", "150", "--breach", breach);
        Assert.True(exitCode == 1, output);
    }

    private static (int ExitCode, string Output) Run(params string[] arguments)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "..", "..", "Simulation", "debug", "JadeVector.Simulation.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }
}
