using JadeVector.Grains.Cluster;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace JadeVector.Hosting.Cluster;

/// <summary>Looks after the node's memory once in a while.</summary>
internal sealed partial class MemoryKeeper(NodeMemory memory, TimeProvider clock, ILogger<MemoryKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Period, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await memory.KeepAsync().WaitAsync(stoppingToken);
            }
            catch (Exception problem) when (!stoppingToken.IsCancellationRequested)
            {
                LogNotSaved(problem); // a shard that cannot be stored just now: the next look tries again
            }
            catch (OperationCanceledException)
            {
                return; // the node stops
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The node is beyond its memory, and its largest shard could not be stored")]
    private partial void LogNotSaved(Exception problem);
}
