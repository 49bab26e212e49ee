using System.Reflection;
using System.Text.Json;
using JadeVector.Api.Metrics;
using JadeVector.Api.Problems;
using JadeVector.Api.Requests;
using JadeVector.Api.Responses;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Api.Operations;

/// <summary>Health, readiness, status, metrics and the cluster.</summary>
internal sealed class OperationRoutes(EdgeServices edge, IReadiness readiness, PrometheusExporter exporter)
{
    private static readonly string Version =
        typeof(OperationRoutes).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    private readonly long _started = edge.Clock.GetTimestamp();

    public static void Map(RouteTable routes, EdgeServices edge, IReadiness readiness, PrometheusExporter exporter)
    {
        var group = new OperationRoutes(edge, readiness, exporter);
        routes.Plain("GET", "/livez", Live, OperationDocs.Live);
        routes.Plain("GET", "/readyz", group.Ready, OperationDocs.Ready);
        routes.Plain("GET", "/health", group.Health, OperationDocs.Health);
        routes.Plain("GET", "/status", group.Status, OperationDocs.Status);
        routes.Plain("GET", "/metrics", group.Metrics, OperationDocs.Metrics);
        routes.Versioned("GET", "/cluster", group.Cluster, OperationDocs.Cluster);
    }

    private static Task Live(HttpContext context)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync("ok\n", context.RequestAborted);
    }

    private async Task Ready(HttpContext context)
    {
        var report = await readiness.CheckAsync(context.RequestAborted);
        if (report.IsReady)
        {
            await JsonAnswer.WriteAsync(context, new ReadyResponse("ready", ChecksOf(report)), AnswerJson.Default.ReadyResponse);
            return;
        }

        var failed = report.Checks.Where(check => !check.Passed).Select(check => $"{check.Name}: {check.Detail ?? "failed"}");
        await ProblemWriter.WriteAsync(context, "not_ready", string.Join("; ", failed) + ".", [("checks", (object)(Action<Utf8JsonWriter>)(writer =>
        {
            writer.WriteStartObject();
            foreach (var (name, state) in ChecksOf(report))
                writer.WriteString(name, state);
            writer.WriteEndObject();
        }))]);
    }

    private async Task Health(HttpContext context)
    {
        using var time = RequestTime.OfRead(context, edge.Limits, edge.Clock);
        var nodes = 0;
        var cluster = "ok";
        try
        {
            nodes = (await edge.Cluster.GetViewAsync(time.Token)).Nodes.Count(IsActive);
        }
        catch (JadeException problem)
        {
            cluster = problem.Message;
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            cluster = "no answer in time";
        }

        var healthy = nodes > 0;
        var answer = new HealthResponse(
            healthy ? "healthy" : "unhealthy", edge.Clock.GetUtcNow(), Version, nodes, Uptime(), new Dictionary<string, string> { ["cluster"] = cluster });
        await JsonAnswer.WriteAsync(
            context, answer, AnswerJson.Default.HealthResponse, healthy ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private async Task Status(HttpContext context)
    {
        using var time = RequestTime.OfRead(context, edge.Limits, edge.Clock);
        var cluster = Describe(await edge.Cluster.GetViewAsync(time.Token));
        var latency = edge.Meters.SearchLatency;
        var metrics = new MetricsResponse(
            Math.Round(edge.Meters.RequestsPerSecond, 2),
            new LatencyResponse(Milliseconds(latency.Percentile(0.50)), Milliseconds(latency.Percentile(0.95)), Milliseconds(latency.Percentile(0.99))),
            Math.Round(edge.Meters.WritesPerSecond, 2),
            Environment.WorkingSet);
        var status = cluster.HealthyNodes == 0 ? "critical" : cluster.HealthyNodes < cluster.TotalNodes ? "warning" : "healthy";
        await JsonAnswer.WriteAsync(
            context, new StatusResponse(status, edge.Clock.GetUtcNow(), Version, Uptime(), cluster, metrics), AnswerJson.Default.StatusResponse);
    }

    private async Task Cluster(HttpContext context)
    {
        _ = new RequestQuery(context);
        using var time = RequestTime.OfRead(context, edge.Limits, edge.Clock);
        await JsonAnswer.WriteAsync(context, Describe(await edge.Cluster.GetViewAsync(time.Token)), AnswerJson.Default.ClusterResponse);
    }

    private Task Metrics(HttpContext context)
    {
        context.Response.ContentType = PrometheusExporter.ContentType;
        return context.Response.WriteAsync(exporter.Export(), context.RequestAborted);
    }

    private static ClusterResponse Describe(ClusterView view) => new(
        view.Master,
        [.. view.Nodes.Select(node => new NodeResponse(node.Name, node.Name == view.Master ? "master" : "worker", node.Status, node.StartedAt))],
        view.Nodes.Count,
        view.Nodes.Count(IsActive));

    private static bool IsActive(ClusterNode node) => node.Status == "active";

    private static Dictionary<string, string> ChecksOf(ReadinessReport report) =>
        report.Checks.ToDictionary(check => check.Name, check => check.Passed ? "ok" : check.Detail ?? "failed");

    private static double? Milliseconds(TimeSpan? time) => time is { } known ? Math.Round(known.TotalMilliseconds, 3) : null;

    private double Uptime() => Math.Round(edge.Clock.GetElapsedTime(_started).TotalSeconds, 3);
}
