using JadeVector.Api.Metrics;
using JadeVector.Api.OpenApi;

namespace JadeVector.Api.Operations;

/// <summary>What the OpenAPI document says of <see cref="OperationRoutes"/>.</summary>
internal static class OperationDocs
{
    private const string Tag = "Operations";

    public static readonly RouteDoc Live = new(Tag, "Is the process alive?", "Answers `ok` as long as it can answer at all.")
    {
        ResponseContentType = "text/plain",
        Response = typeof(string),
        HasDeadline = false,
        IsOpen = true,
    };

    public static readonly RouteDoc Ready = new(Tag, "Can the node take requests?", "200 when storage and grains answer; else 503 with what does not.")
    {
        Response = typeof(ReadyResponse),
        ResponseExample = """{"status":"ready","checks":{"storage":"ok"}}""",
        HasDeadline = false,
        IsOpen = true,
        Problems = [503],
    };

    public static readonly RouteDoc Health = new(Tag, "Health with the number of nodes", "200 `healthy`, or 503 `unhealthy` in the same shape.")
    {
        Response = typeof(HealthResponse),
        ResponseExample =
            """{"status":"healthy","timestamp":"2026-05-04T09:30:00+00:00","version":"0.1.0","nodes":1,"uptime":12.5,"checks":{"cluster":"ok"}}""",
        OtherStatus = StatusCodes.Status503ServiceUnavailable,
        IsOpen = true,
    };

    public static readonly RouteDoc Status = new(Tag, "The cluster, and what this node measures", "Master, nodes, rates and latencies.")
    {
        Response = typeof(StatusResponse),
    };

    public static readonly RouteDoc Metrics = new(Tag, "Metrics for Prometheus", "Text format 0.0.4.")
    {
        ResponseContentType = PrometheusExporter.ContentType,
        Response = typeof(string),
        HasDeadline = false,
    };

    public static readonly RouteDoc Cluster = new(Tag, "The nodes of the cluster", "With the leader of control work.")
    {
        Response = typeof(ClusterResponse),
    };
}
