using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using JadeVector.Api.Metrics;
using JadeVector.Grains.Interfaces;
using JadeVector.Tests.Api.Support;
using Xunit;

namespace JadeVector.Tests.Api;

public sealed partial class OperationTests
{
    [Fact]
    public async Task Liveness_and_readiness_answer_and_readiness_tells_what_fails()
    {
        await using var api = await ApiHost.StartAsync();
        Assert.Equal((200, "ok\n"), ((await api.GetAsync("/livez")).Status, (await api.GetAsync("/livez")).Body));
        Assert.Equal("ready", (await api.GetAsync("/readyz")).ExpectJson(200)["status"]!.GetValue<string>());
        api.Cluster.Readiness = new ReadinessReport([new ReadinessCheck("grains", true), new ReadinessCheck("storage", false, "No space left.")]);
        var answer = await api.GetAsync("/readyz");
        var problem = answer.ExpectProblem(503, "not_ready");
        Assert.Equal("No space left.", problem["details"]!["checks"]!["storage"]!.GetValue<string>());
        Assert.Equal("ok", problem["details"]!["checks"]!["grains"]!.GetValue<string>());
        Assert.True(answer.Headers.ContainsKey("Retry-After"));
        Assert.Equal(200, (await api.GetAsync("/livez")).Status);
    }

    [Fact]
    public async Task Health_without_a_cluster_is_unhealthy()
    {
        await using var api = await ApiHost.StartAsync();
        api.Cluster.ClusterProblem = new JadeException("cluster_unavailable", "Nobody is there.");
        var health = (await api.GetAsync("/health")).ExpectJson(503);
        Assert.Equal("unhealthy", health["status"]!.GetValue<string>());
        Assert.Equal(0, health["nodes"]!.GetValue<int>());
        Assert.Equal("Nobody is there.", health["checks"]!["cluster"]!.GetValue<string>());
        (await api.GetAsync("/status")).ExpectProblem(503, "cluster_unavailable");
    }

    [Fact]
    public async Task Status_and_shards_of_a_database_are_told()
    {
        await using var api = await ApiHost.StartAsync();
        var path = $"/v1/databases/{await api.CreateDatabaseAsync()}";
        (await api.PostAsync($"{path}/vectors", """{"id":"a","values":[1,2,3]}""")).ExpectJson(201);
        var status = (await api.GetAsync($"{path}/status")).ExpectJson(200);
        Assert.Equal("healthy", status["status"]!.GetValue<string>());
        Assert.Equal(1, status["stats"]!["vectorCount"]!.GetValue<int>());
        var shard = (await api.GetAsync($"{path}/shards")).ExpectJson(200)["shards"]![0]!;
        Assert.Equal("serving", shard["status"]!.GetValue<string>());
        Assert.Equal("node-1", shard["node"]!.GetValue<string>());
        Assert.Equal("""[{"component":"vectors","memoryBytes":100,"mappedBytes":21,"bytesPerVector":121},{"component":"links","memoryBytes":7,"mappedBytes":0,"bytesPerVector":7}]""", shard["memory"]!.ToJsonString());
        Assert.Equal("""{"rowsDone":3,"rows":8}""", shard["compaction"]!.ToJsonString());
        Assert.Null(shard["checkpoint"]);
        Assert.Equal("0000000000000000", shard["firstHash"]!.GetValue<string>());
        Assert.Equal("ffffffffffffffff", shard["lastHash"]!.GetValue<string>());
        Assert.Equal(1, (await api.GetAsync("/v1/databases?includeStats=true")).Json["databases"]![0]!["stats"]!["vectorCount"]!.GetValue<int>());
    }

    [Fact]
    public async Task Database_is_found_by_its_name_and_pages_of_databases_follow_each_other()
    {
        await using var api = await ApiHost.StartAsync();
        var ids = new List<string>();
        for (var n = 0; n < 5; n++)
            ids.Add(await api.CreateDatabaseAsync(name: $"name {n}"));
        Assert.Equal(ids[3], (await api.GetAsync("/v1/databases?name=name%203")).ExpectJson(200)["databases"]![0]!["databaseId"]!.GetValue<string>());
        Assert.Empty((await api.GetAsync("/v1/databases?name=none")).ExpectJson(200)["databases"]!.AsArray());
        var first = (await api.GetAsync("/v1/databases?limit=2")).ExpectJson(200);
        Assert.Equal(5, first["total"]!.GetValue<int>());
        var second = (await api.GetAsync($"/v1/databases?limit=2&cursor={first["nextCursor"]}")).ExpectJson(200);
        Assert.Equal(ids[2..4], second["databases"]!.AsArray().Select(database => database!["databaseId"]!.GetValue<string>()));
        var last = (await api.GetAsync("/v1/databases?limit=2&offset=4")).ExpectJson(200);
        Assert.Equal(ids[4..], last["databases"]!.AsArray().Select(database => database!["databaseId"]!.GetValue<string>()));
        Assert.Null(last["nextCursor"]);
    }

    [Fact]
    public async Task Metrics_count_requests_by_route_and_status_in_prometheus_text()
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        for (var n = 0; n < 3; n++)
            (await api.GetAsync($"/v1/databases/{database}")).ExpectJson(200);
        (await api.GetAsync("/v1/databases/db_none")).ExpectProblem(404, "not_found");
        (await api.GetAsync("/no/such/route")).ExpectProblem(404, "not_found");
        (await api.PostAsync($"/v1/databases/{database}/vectors", """{"id":"a","values":[1,2,3]}""")).ExpectJson(201);
        (await api.PostAsync($"/v1/databases/{database}/search", """{"queryVector":[1,2,3]}""")).ExpectJson(200);

        var answer = await api.GetAsync("/metrics");
        Assert.Equal("text/plain", answer.ContentType);
        var lines = answer.Body.Split('\n');
        Assert.Contains("""jade_http_requests_total{method="GET",route="/v1/databases/{databaseId}",status="200"} 3""", lines);
        Assert.Contains("""jade_http_requests_total{method="GET",route="/v1/databases/{databaseId}",status="404"} 1""", lines);
        Assert.Contains("""jade_http_requests_total{method="GET",route="unmatched",status="404"} 1""", lines);
        Assert.Contains("""jade_http_request_duration_seconds_count{method="GET",route="/v1/databases/{databaseId}",status="200"} 3""", lines);
        Assert.Contains("""jade_http_request_duration_seconds_bucket{method="GET",route="/v1/databases/{databaseId}",status="200",le="+Inf"} 3""", lines);
        Assert.Contains("jade_vectors_written_total 1", lines);
        Assert.Contains("jade_search_duration_seconds_count 1", lines);
        Assert.Contains("# TYPE jade_http_request_duration_seconds histogram", lines);
        Assert.All(lines.Where(line => line.Length > 0 && line[0] != '#'), line => Assert.Matches(Sample(), line));
        var typed = lines.Where(line => line.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(line => line.Split(' ')[2]).ToList();
        Assert.Equal(typed.Distinct(), typed);

        var measured = (await api.GetAsync("/status")).ExpectJson(200)["metrics"]!;
        Assert.True(measured["requestsPerSecond"]!.GetValue<double>() > 0);
        Assert.True(measured["ingestionRate"]!.GetValue<double>() > 0);
        Assert.True(measured["queryLatencyMs"]!["p50"]!.GetValue<double>() > 0);
    }

    [Fact]
    public void Every_kind_of_instrument_is_exported()
    {
        using var factory = new OwnMeters();
        using var exporter = new PrometheusExporter(factory);
        var meter = factory.Create(new MeterOptions("JadeVector.Test") { Scope = factory });
        using var other = new Meter("Elsewhere");
        other.CreateCounter<long>("not.ours").Add(1);
        var counter = meter.CreateCounter<int>("test.count", null, "A \\ and\na line.");
        counter.Add(2, new KeyValuePair<string, object?>("label", "a\"b\\c\nd"));
        counter.Add(3, new KeyValuePair<string, object?>("label", "a\"b\\c\nd"));
        meter.CreateUpDownCounter<long>("test.open").Add(-2);
        meter.CreateGauge<double>("test.temperature").Record(1.5);
        meter.CreateObservableCounter("test.seen", () => 7L);
        meter.CreateObservableGauge("test.memory", () => 8L, "By");
        var histogram = meter.CreateHistogram("test.size", "By", "Sizes.", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 10] });
        foreach (var value in (double[])[1, 5, 100])
            histogram.Record(value);
        _ = exporter.Export();

        var lines = exporter.Export().Split('\n');
        Assert.Contains("""# HELP test_count_total A \\ and\na line.""", lines);
        Assert.Contains("""test_count_total{label="a\"b\\c\nd"} 5""", lines);
        Assert.Contains("test_open -2", lines);
        Assert.Contains("test_temperature 1.5", lines);
        Assert.Contains("test_seen_total 7", lines);
        Assert.Contains("test_memory_bytes 8", lines);
        Assert.Equal(
            ["""test_size_bytes_bucket{le="1"} 1""", """test_size_bytes_bucket{le="10"} 2""", """test_size_bytes_bucket{le="+Inf"} 3""", "test_size_bytes_sum 106", "test_size_bytes_count 3"],
            lines.Where(line => line.StartsWith("test_size", StringComparison.Ordinal)));
        Assert.DoesNotContain(lines, line => line.Contains("not_ours", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0.5, 500)]
    [InlineData(0.95, 950)]
    [InlineData(0.99, 990)]
    public void Percentiles_are_within_a_bucket(double fraction, double milliseconds)
    {
        var latency = new LatencyBuckets();
        Assert.Null(latency.Percentile(fraction));
        for (var n = 1; n <= 1000; n++)
            latency.Add(TimeSpan.FromMilliseconds(n));
        Assert.InRange(latency.Percentile(fraction)!.Value.TotalMilliseconds / milliseconds, 1 / 1.1, 1.1);
    }

    [GeneratedRegex("""^[a-z_][a-z0-9_]*(\{[a-z_]+="(\\.|[^"\\])*"(,[a-z_]+="(\\.|[^"\\])*")*\})? -?[0-9.E+-]+$""")]
    private static partial Regex Sample();

    private sealed class OwnMeters : IMeterFactory
    {
        private readonly List<Meter> _meters = [];

        public Meter Create(MeterOptions options)
        {
            var meter = new Meter(options);
            _meters.Add(meter);
            return meter;
        }

        public void Dispose() => _meters.ForEach(meter => meter.Dispose());
    }
}
