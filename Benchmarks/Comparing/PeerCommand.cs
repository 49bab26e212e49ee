using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using JadeVector.Benchmarks.Measuring;
using JadeVector.Benchmarks.Reports;
using JadeVector.Engine.Distance;

namespace JadeVector.Benchmarks.Comparing;

/// <summary>Runs a command that measures another program and prints JSON lines of our form.</summary>
/// <remarks>
/// What is measured is in its environment: JADE_BENCH_BASE, _QUERY, _TRUTH (an .ibin file), _METRIC (l2, cosine, ip), _K, _THREADS, _BUILD_THREADS,
/// _COUNT and _QUERIES (empty: all), _RECALL (comma-separated, empty: a sweep), _RUNS. Lines that do not begin with '{' are the command's own talk.
/// </remarks>
internal static class PeerCommand
{
    /// <exception cref="BenchException">The command fails, or prints a line that is none of ours.</exception>
    internal static IReadOnlyList<SettingFigures> Run(string command, BenchOptions options, string truthPath, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(command);
        foreach (var (name, value) in Environment(options, truthPath)) start.Environment["JADE_BENCH_" + name] = value;
        using var process = Process.Start(start) ?? throw new BenchException($"The peer does not start: {command}");
        using var stop = cancellation.Register(() => process.Kill(entireProcessTree: true));
        var figures = new List<SettingFigures>();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (line.StartsWith('{')) figures.Add(Parse(line));
        }

        process.WaitForExit();
        cancellation.ThrowIfCancellationRequested();
        return process.ExitCode == 0 ? figures : throw new BenchException($"The peer ended with {process.ExitCode}: {command}");
    }

    private static (string Name, string Value)[] Environment(BenchOptions options, string truthPath) =>
    [
        ("BASE", Path.GetFullPath(options.Base)),
        ("QUERY", Path.GetFullPath(options.Query)),
        ("TRUTH", truthPath),
        ("METRIC", options.Metric switch { Metric.Euclidean => "l2", Metric.Cosine => "cosine", _ => "ip" }),
        ("K", Text(options.K)),
        ("THREADS", Text(options.Threads)),
        ("BUILD_THREADS", Text(options.BuildThreads)),
        ("COUNT", options.Count is { } count ? Text(count) : ""),
        ("QUERIES", options.Queries < int.MaxValue ? Text(options.Queries) : ""),
        ("RECALL", string.Join(',', options.Recalls.Select(recall => recall.ToString(CultureInfo.InvariantCulture)))),
        ("RUNS", Text(options.Runs)),
    ];

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static SettingFigures Parse(string line)
    {
        try
        {
            return JsonLines.Parse(line);
        }
        catch (JsonException malformed)
        {
            throw new BenchException($"The peer printed a line that is none of ours ({malformed.Message}): {line}", malformed);
        }
    }
}
