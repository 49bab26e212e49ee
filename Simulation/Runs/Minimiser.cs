using JadeVector.Simulation.Faults;

namespace JadeVector.Simulation.Runs;

/// <summary>Makes a failing run smaller for as long as it fails: fewer kinds of faults, then fewer operations.</summary>
internal static class Minimiser
{
    /// <returns>The smallest that was found, and what it came to; null when the run does not fail.</returns>
    public static (RunSettings Settings, RunReport Report)? Minimise(RunSettings settings)
    {
        var report = SimulationRun.Execute(settings);
        if (report.Violation is null)
            return null;
        foreach (var kind in Enum.GetValues<FaultKind>().Where(kind => report.Counts[kind.ToString()] > 0))
            Try(settings with { Without = settings.Without.Append(kind).ToHashSet() });
        while (settings.Operations > 1 && Try(settings with { Operations = settings.Operations / 2, Steps = settings.Steps / 2 }))
        {
        }

        return (settings, report);

        bool Try(RunSettings smaller)
        {
            var tried = SimulationRun.Execute(smaller);
            if (tried.Violation is null)
                return false;
            (settings, report) = (smaller, tried);
            return true;
        }
    }
}
