using JadeVector.Grains.Interfaces;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace JadeVector.Hosting.Cluster;

/// <summary>
/// Asks the grain that remembers scheduled snapshots to be awake, once, when the node starts. Its reminder does the same where reminders
/// outlive the process; on a single node of Microsoft Orleans they are in its memory, and a store may come from a node that had none.
/// </summary>
internal sealed partial class BackupsWaker(IGrainFactory grains, TimeProvider clock, ILogger<BackupsWaker> logger) : BackgroundService
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!await TryWakeAsync(stoppingToken))
        {
            await Task.Delay(RetryPause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>Whether there is nothing more to try.</returns>
    private async Task<bool> TryWakeAsync(CancellationToken stopping)
    {
        try
        {
            await grains.GetGrain<IBackupsGrain>(0).Wake().WaitAsync(stopping);
            return true;
        }
        catch (Exception problem)
        {
            if (!stopping.IsCancellationRequested)
            {
                LogNotAwake(problem);
            }

            return stopping.IsCancellationRequested; // a node that stops needs nobody awake
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The grain that remembers scheduled snapshots is not awake yet; it will be asked again")]
    private partial void LogNotAwake(Exception problem);
}
