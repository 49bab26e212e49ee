using JadeVector.Grains.Interfaces;

namespace JadeVector.Hosting.Operations;

/// <summary>Runs probes side by side within a second; one that fails or is late is a check that did not pass. A process that is told to stop asks nobody.</summary>
internal static class ReadinessChecks
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(1);

    public static async Task<ReadinessReport> RunAsync(
        Drain drain, (string Name, Func<CancellationToken, Task> Probe)[] checks, CancellationToken cancellation)
    {
        if (drain.IsDraining)
            return new ReadinessReport([new ReadinessCheck("process", Passed: false, "is stopping")]);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeLimit);
        return new ReadinessReport(await Task.WhenAll(checks.Select(check => Check(check.Name, check.Probe, limit.Token, cancellation))));
    }

    private static async Task<ReadinessCheck> Check(string name, Func<CancellationToken, Task> probe, CancellationToken limit, CancellationToken cancellation)
    {
        try
        {
            await probe(limit);
            return new ReadinessCheck(name, Passed: true);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new ReadinessCheck(name, Passed: false, $"no answer within {TimeLimit.TotalSeconds:0.#} s");
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            return new ReadinessCheck(name, Passed: false, problem.Message);
        }
    }
}
