using System.Diagnostics;
using System.Text.Json;

namespace JadeVector.Simulation.Runs;

/// <summary>Runs many seeds, block by block in processes of their own: a run takes a process's one thread, and a crashed node's memory goes with its process.</summary>
internal sealed class Coordinator(SimulateOptions options)
{
    private const int BlockSize = 50;
    private const int SeedsPerWord = 100;

    private readonly Lock _lock = new();
    private readonly Summary _summary = new();
    private int _next;

    /// <returns>What all runs came to.</returns>
    public Summary Run()
    {
        var watch = Stopwatch.StartNew();
        var workers = Enumerable.Range(0, Math.Min(options.Workers, (options.Seeds + BlockSize - 1) / BlockSize)).Select(_ => new Thread(RunBlocks)).ToArray();
        foreach (var worker in workers)
            worker.Start();
        foreach (var worker in workers)
            worker.Join();
        _summary.WallTime = watch.Elapsed;
        return _summary;
    }

    /// <summary>In a process of its own: runs its seeds and writes a line of JSON for each.</summary>
    public static void RunAsWorker(SimulateOptions options)
    {
        for (var i = 0; i < options.Seeds; i++)
        {
            var report = SimulationRun.Execute(options.Settings with { Seed = options.Settings.Seed + (ulong)i });
            Console.WriteLine(JsonSerializer.Serialize(report));
            if (options.UntilViolation && report.Violation is not null)
                return;
        }
    }

    private void RunBlocks()
    {
        while (true)
        {
            int first;
            lock (_lock)
            {
                first = _next;
                _next += BlockSize;
            }

            if (first >= options.Seeds)
                return;
            RunBlock(options.Settings.Seed + (ulong)first, Math.Min(BlockSize, options.Seeds - first));
        }
    }

    private void Add(RunReport report)
    {
        _summary.Add(report, options.Settings);
        if (report.Violation is not null)
            Console.Error.WriteLine($"seed {report.Seed}: {report.Violation.Split('\n')[0]}");
        if (_summary.RunCount % SeedsPerWord == 0)
            Console.Error.WriteLine($"{_summary.RunCount} of {options.Seeds} seeds, {_summary.Failed.Count} violations");
    }

    private void RunBlock(ulong seed, int count)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        foreach (var argument in (options.Settings with { Seed = seed }).Arguments(count).Prepend("--worker").Prepend(typeof(Coordinator).Assembly.Location))
            start.ArgumentList.Add(argument);
        start.Environment["MALLOC_MMAP_THRESHOLD_"] = "131072"; // glibc: untouched memory of many short-lived shards then costs nothing
        using var process = Process.Start(start)!;
        var reported = 0;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            var report = JsonSerializer.Deserialize<RunReport>(line)!;
            reported++;
            lock (_lock)
                Add(report);
        }

        process.WaitForExit();
        if (process.ExitCode != 0 || reported < count)
        {
            lock (_lock)
                _summary.AddBroken(options.Settings with { Seed = seed + (ulong)reported }, process.ExitCode);
        }
    }
}
