using JadeVector.Hosting.Options;

namespace JadeVector.Hosting.Starting;

/// <summary>
/// Waits for what a process needs before it can start: storage and membership may come up later than it does. Each failed try
/// is told on the console, since there is no log yet; when the time is up the start fails with what, where and why.
/// </summary>
internal sealed class StartRetry(TimeSpan limit, TimeProvider clock, TextWriter console)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    public static StartRetry For(ClusterOptions cluster) =>
        new(TimeSpan.FromSeconds(cluster.StartTimeoutSeconds), TimeProvider.System, Console.Error);

    /// <param name="what">What is waited for and where it is, without secrets.</param>
    /// <param name="isWorthWaiting">Whether a failure may pass by itself.</param>
    /// <exception cref="JadeStartException">It did not answer within the limit.</exception>
    public async Task<T> RunAsync<T>(string what, Func<CancellationToken, Task<T>> attempt, Predicate<Exception> isWorthWaiting, CancellationToken cancellation)
    {
        var since = clock.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                return await attempt(cancellation);
            }
            catch (Exception problem) when (isWorthWaiting(problem) && !cancellation.IsCancellationRequested)
            {
                var waited = clock.GetElapsedTime(since);
                if (waited + pause > limit)
                    throw new JadeStartException($"{what} cannot be used: {problem.Message} Tried for {waited.TotalSeconds:0} s (Jade:Cluster:StartTimeoutSeconds).", problem);
                await console.WriteLineAsync($"jade: {what} cannot be used yet: {problem.Message} Next try in {pause.TotalSeconds:0.##} s.");
                await Task.Delay(pause, clock, cancellation);
            }
        }
    }
}
