namespace JadeVector.Grains.Interfaces;

/// <summary>Whether this node can take requests now: the host knows (storage reachable, grains started).</summary>
public interface IReadiness
{
    /// <summary>Answers within a second or so; what does not answer in time is a check that failed.</summary>
    Task<ReadinessReport> CheckAsync(CancellationToken cancellation);
}

/// <param name="Checks">What was looked at; the node is ready when all of them passed.</param>
public sealed record ReadinessReport(IReadOnlyList<ReadinessCheck> Checks)
{
    public bool IsReady => Checks.All(check => check.Passed);
}

/// <param name="Name">Lower case, as <c>storage</c>.</param>
/// <param name="Detail">Why it did not pass; null when it did.</param>
public sealed record ReadinessCheck(string Name, bool Passed, string? Detail = null);
