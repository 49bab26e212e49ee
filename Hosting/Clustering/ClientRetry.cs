using JadeVector.Hosting.Options;

namespace JadeVector.Hosting.Clustering;

/// <summary>A client that comes up before the silos waits for them, and gives up like every other part of the start.</summary>
internal sealed class ClientRetry(ClusterOptions options, TimeProvider clock) : IClientConnectionRetryFilter
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly long _since = clock.GetTimestamp();

    public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
    {
        var waited = clock.GetElapsedTime(_since);
        if (waited + Pause > TimeSpan.FromSeconds(options.StartTimeoutSeconds))
            throw new JadeStartException($"No silo of cluster '{options.ClusterId}' could be reached for {waited.TotalSeconds:0} s (Jade:Cluster:StartTimeoutSeconds): {exception.Message}", exception);
        await Console.Error.WriteLineAsync($"jade: no silo of cluster '{options.ClusterId}' can be reached yet: {exception.Message} Next try in {Pause.TotalSeconds:0} s.");
        await Task.Delay(Pause, clock, cancellationToken);
        return true;
    }
}
