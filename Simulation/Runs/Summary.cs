using System.Globalization;

namespace JadeVector.Simulation.Runs;

/// <summary>What many runs came to.</summary>
internal sealed class Summary
{
    /// <summary>A run of so many seeds sees everything that can happen.</summary>
    public const int LongRunSeeds = 1000;

    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly List<string> _failures = [];
    private long _steps;
    private long _operations;
    private long _answered;
    private int _operationsMin = int.MaxValue;
    private double _simulatedSeconds;

    public int RunCount { get; private set; }

    public TimeSpan WallTime { get; set; }

    /// <summary>Runs that found a violation, or could not be run.</summary>
    public List<RunSettings> Failed { get; } = [];

    /// <summary>Kinds of faults, and things that the product does, that have not happened.</summary>
    public IReadOnlyList<string> Missing => [.. _counts.Where(count => count.Value == 0).Select(count => count.Key)];

    public void Add(RunReport report, RunSettings settings)
    {
        RunCount++;
        _steps += report.Steps;
        _operations += report.Operations;
        _answered += report.Answered;
        _operationsMin = Math.Min(_operationsMin, report.Operations);
        _simulatedSeconds += report.SimulatedSeconds;
        foreach (var (name, count) in report.Counts)
            _counts[name] = _counts.GetValueOrDefault(name) + count;
        if (report.Violation is null)
            return;
        Fail(settings with { Seed = report.Seed }, $"seed {report.Seed}, step {report.Steps}: {report.Violation}");
    }

    /// <summary>A worker has ended before its work had.</summary>
    public void AddBroken(RunSettings settings, int exitCode) => Fail(settings, $"seed {settings.Seed}: its process ended with {exitCode}");

    public void Print(TextWriter to)
    {
        foreach (var failure in _failures)
            to.WriteLine(failure);
        to.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{RunCount} seeds, {_steps:N0} decisions, {_operations:N0} client operations (at least {(RunCount > 0 ? _operationsMin : 0)} per seed, {_answered:N0} answered), {_simulatedSeconds / 3600:F1} simulated hours in {WallTime.TotalSeconds:F1} s"));
        foreach (var (name, count) in _counts)
            to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {name,-28} {count,12:N0}"));
        if (Missing.Count > 0)
            to.WriteLine($"never: {string.Join(", ", Missing)}");
        to.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Failed.Count} violations"));
    }

    private void Fail(RunSettings settings, string what)
    {
        Failed.Add(settings);
        _failures.Add($"{what}\nagain: {settings.Command}\n");
    }
}
