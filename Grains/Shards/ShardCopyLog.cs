using JadeVector.Grains.Interfaces;
using Microsoft.Extensions.Logging;

namespace JadeVector.Grains.Shards;

/// <summary>What an operator can read about copies of shards: where one was opened, how long it took, and why it went.</summary>
internal static partial class ShardCopyLog
{
    /// <summary>Waits for the opening, and never throws: its failure is for those who call the copy.</summary>
    public static async Task WatchAsync(ILogger logger, CopyId copy, Task opening, TimeProvider clock)
    {
        var since = clock.GetTimestamp();
        await opening.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (opening.IsCompletedSuccessfully)
        {
            LogOpened(logger, copy, (long)clock.GetElapsedTime(since).TotalMilliseconds);
        }
        else
        {
            LogNotOpened(logger, copy, opening.Exception?.InnerException);
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Let copy {Copy} go: {Reason}")]
    public static partial void LogClosed(ILogger logger, CopyId copy, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Opened copy {Copy} in {Milliseconds} ms")]
    private static partial void LogOpened(ILogger logger, CopyId copy, long milliseconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Copy {Copy} could not be opened")]
    private static partial void LogNotOpened(ILogger logger, CopyId copy, Exception? problem);
}
