using Microsoft.Extensions.Logging;

namespace JadeVector.Hosting.Cluster;

internal sealed partial class NodeAgent
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The cluster grain did not take this node's report; the next one tries again")]
    private partial void LogReportFailed(Exception problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Stopping: handing {Count} copies of shards over to other nodes")]
    private partial void LogHandingOver(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stopping with {Count} copies of shards still here")]
    private partial void LogHandOverEnded(int count, Exception problem);
}
