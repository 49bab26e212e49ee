using System.Diagnostics;
using System.Text.Json;
using JadeVector.Simulation.Faults;
using JadeVector.Simulation.Runs;

namespace JadeVector.Simulation.Mutants;

/// <summary>Lets one mutant live after the other, and sees whether some seed notices it.</summary>
internal sealed class MutantRuns(SimulateOptions options)
{
    /// <summary>A mutant may need this many seeds to be noticed.</summary>
    public const int SeedsMin = 120;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly Queue<(string? Mutant, FaultKind? Often)> _waiting = new();
    private int _survivors;

    /// <returns>Whether every mutant was noticed and the engine without any was not.</returns>
    public bool Run(IReadOnlyCollection<string> only)
    {
        var program = new MutantBuild(MutantBuild.FindRoot()).Build();
        var mutants = AllMutants.All.Where(m => only.Count == 0 || only.Contains(m.Name)).ToArray();
        foreach (var often in mutants.Select(m => m.Often).Distinct())
            _waiting.Enqueue((null, often)); // what notices them must not notice the engine itself
        foreach (var mutant in mutants)
            _waiting.Enqueue((mutant.Name, mutant.Often));
        var count = _waiting.Count;
        var workers = Enumerable.Range(0, options.Workers).Select(_ => new Thread(() => Work(program))).ToArray();
        foreach (var worker in workers)
            worker.Start();
        foreach (var worker in workers)
            worker.Join();
        Console.WriteLine($"{count - _survivors} of {count} as they should be");
        return count > 0 && _survivors == 0;
    }

    private void Work(string program)
    {
        while (true)
        {
            (string? Mutant, FaultKind? Often) next;
            lock (_lock)
            {
                if (!_waiting.TryDequeue(out next))
                    return;
            }

            var watch = Stopwatch.StartNew();
            var (mutant, often) = next;
            var found = FirstViolation(program, mutant, often);
            lock (_lock)
            {
                var isRight = (mutant is null) == (found is null);
                _survivors += isRight ? 0 : 1;
                var what = found is null ? $"not noticed by {options.Seeds} seeds" : $"noticed by seed {found.Value.Seed}: {found.Value.Violation.Split('\n')[0]}";
                Console.WriteLine($"{(isRight ? "ok  " : "FAIL")} {mutant ?? "(none)"}{(often is null ? "" : $" with many a {often}")}, {watch.Elapsed.TotalSeconds:F1} s: {what}");
            }
        }
    }

    private (ulong Seed, string Violation)? FirstViolation(string program, string? mutant, FaultKind? often)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [program, "--worker", "--until-violation", .. (options.Settings with { Often = often }).Arguments(options.Seeds)])
        {
            RedirectStandardOutput = true,
        };
        start.Environment[Mutant.Variable] = mutant;
        using var process = Process.Start(start)!;
        using var patience = new Timer(_ => process.Kill(), null, Patience, Timeout.InfiniteTimeSpan);
        var seed = options.Settings.Seed;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            var report = JsonSerializer.Deserialize<RunReport>(line)!;
            if (report.Violation is { } violation)
                return (report.Seed, violation);
            seed = report.Seed + 1;
        }

        process.WaitForExit();
        return process.ExitCode == 0 ? null : (seed, $"the process ended with {process.ExitCode}");
    }
}
