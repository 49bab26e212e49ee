namespace JadeVector.Api.Operations;

/// <summary>Whether the cluster is there.</summary>
/// <param name="Status"><c>healthy</c> or <c>unhealthy</c>.</param>
/// <param name="Nodes">Active nodes.</param>
/// <param name="Uptime">Seconds since this node started.</param>
/// <param name="Checks">What was looked at: <c>ok</c>, or why not.</param>
public sealed record HealthResponse(
    string Status, DateTimeOffset Timestamp, string Version, int Nodes, double Uptime, IReadOnlyDictionary<string, string> Checks);

/// <summary>The cluster and what this node measures.</summary>
/// <param name="Status"><c>healthy</c>, <c>warning</c> when some node is not active, <c>critical</c> when none is.</param>
public sealed record StatusResponse(
    string Status, DateTimeOffset Timestamp, string Version, double UptimeSeconds, ClusterResponse Cluster, MetricsResponse Metrics);

/// <summary>The nodes.</summary>
/// <param name="Master">The leader of control work.</param>
public sealed record ClusterResponse(string Master, IReadOnlyList<NodeResponse> Nodes, int TotalNodes, int HealthyNodes);

/// <param name="NodeType"><c>master</c> or <c>worker</c>.</param>
/// <param name="Status"><c>active</c>, <c>joining</c>, <c>leaving</c> or <c>dead</c>.</param>
public sealed record NodeResponse(string NodeId, string NodeType, string Status, DateTimeOffset StartedAt);

/// <summary>Measured by the node that answers.</summary>
/// <param name="RequestsPerSecond">Over the last minute.</param>
/// <param name="IngestionRate">Vectors written per second over the last minute.</param>
public sealed record MetricsResponse(double RequestsPerSecond, LatencyResponse QueryLatencyMs, double IngestionRate, long MemoryBytes);

/// <summary>Of searches since the start, in milliseconds within 9 %; absent before the first.</summary>
public sealed record LatencyResponse(double? P50, double? P95, double? P99);

/// <param name="Status"><c>ready</c>.</param>
/// <param name="Checks">What was looked at.</param>
public sealed record ReadyResponse(string Status, IReadOnlyDictionary<string, string> Checks);
