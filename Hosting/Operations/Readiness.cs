using JadeVector.Engine.Blobs;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Hosting.Operations;

/// <summary>Ready when storage answers and grains answer.</summary>
internal sealed class Readiness(IBlobStore blobs, IClusterInfo cluster) : IReadiness
{
    /// <summary>Looked for, never written: whether it is there does not matter, that the store answers does.</summary>
    private const string ProbeBlob = "readiness";

    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(1);

    public async Task<ReadinessReport> CheckAsync(CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeLimit);
        return new ReadinessReport(await Task.WhenAll(
            Check("storage", async () => await blobs.GetLengthAsync(ProbeBlob, limit.Token), cancellation),
            Check("grains", async () => await cluster.GetViewAsync(limit.Token), cancellation)));
    }

    private static async Task<ReadinessCheck> Check(string name, Func<Task> probe, CancellationToken cancellation)
    {
        try
        {
            await probe();
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
