using JadeVector.Grains.Cluster;
using JadeVector.Grains.Interfaces;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace JadeVector.Hosting.Cluster;

/// <summary>Keeps the view of the cluster current in a process that hosts nothing, for its planner.</summary>
internal sealed partial class ViewFollower(IGrainFactory grains, ClusterTable table, TimeProvider clock, NodeAgentPace pace, ILogger<ViewFollower> logger)
    : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                table.Put(await grains.GetGrain<IClusterGrain>(0).GetView().WaitAsync(pace.AnswerMax, clock, stoppingToken));
            }
            catch (Exception problem) when (!stoppingToken.IsCancellationRequested)
            {
                LogNotRead(problem); // the view of before stays in use: it is a hint, whoever follows it finds out
            }
            catch (OperationCanceledException)
            {
                return; // the process stops
            }

            await Task.Delay(pace.FollowPeriod, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "The view of the cluster could not be read")]
    private partial void LogNotRead(Exception problem);
}
