using JadeVector.Grains.Interfaces;
using Microsoft.Extensions.Logging;

namespace JadeVector.Grains.Cluster;

public sealed partial class ClusterGrain
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Copy {Copy} could not be woken or moved; it will be tried again")]
    private static partial void LogFailed(ILogger logger, CopyId copy, Exception problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A round of placement ended early; the next one tries again")]
    private static partial void LogTidyFailed(ILogger logger, Exception problem);
}
