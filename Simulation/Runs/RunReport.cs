using JadeVector.Simulation.Faults;

namespace JadeVector.Simulation.Runs;

/// <summary>What a run came to.</summary>
/// <param name="Fingerprint">The same for every run of the same settings.</param>
/// <param name="Violation">What was wrong; null when nothing was.</param>
internal sealed record RunReport(
    ulong Seed,
    long Steps,
    int Operations,
    int Answered,
    double SimulatedSeconds,
    ulong Fingerprint,
    string? Violation,
    IReadOnlyDictionary<string, long> Counts)
{
    /// <summary>Counts of faults are under their names.</summary>
    public static Dictionary<string, long> CountsOf(FaultMix faults) =>
        Enum.GetValues<FaultKind>().ToDictionary(kind => kind.ToString(), kind => faults.Counts[(int)kind]);
}
