using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using JadeVector.Client;
using Xunit;

namespace JadeVector.Tests.Client;

public sealed class JadeClientTests
{
    private static JadeClient Client(RecordedServer server, string? key = null) =>
        new(new JadeClientOptions { BaseAddress = new Uri("http://server:8080/"), ApiKey = key }, new HttpClient(server));

    private static JsonElement Metadata(string json) => JsonDocument.Parse(json).RootElement;

    [Fact]
    public async Task Creating_a_database_sends_what_is_set_and_no_more()
    {
        var server = new RecordedServer(HttpStatusCode.Created, """{"databaseId":"db_01","name":"n"}""");
        var id = await Client(server, "k").CreateDatabaseAsync(new DatabaseDefinition
        {
            Name = "n",
            VectorDimension = 3,
            Metric = "euclidean",
            Sharding = new Sharding { NumShards = 4 },
            IndexParameters = new IndexParameters { M = 8, EfSearch = 100 },
        });

        Assert.Equal("db_01", id);
        Assert.Equal((HttpMethod.Post, "/v1/databases", "application/json"), (server.Method, server.Target, server.ContentType));
        Assert.Equal(
            """{"name":"n","vectorDimension":3,"metric":"euclidean","indexParameters":{"M":8,"efSearch":100},"sharding":{"strategy":"hash","numShards":4}}""",
            server.Body);
        Assert.Equal("k", Assert.Single(server.Headers!.GetValues("X-API-Key")));
    }

    [Fact]
    public async Task A_vector_travels_as_base64_with_its_key_and_comes_back_with_its_position()
    {
        var server = new RecordedServer(HttpStatusCode.Created, """{"id":"a","version":7}""") { Adjust = response => response.Headers.Add("Jade-Position", "p1") };
        var vector = new VectorInput { Id = "a", Values = [1f, -2.5f], Metadata = Metadata("""{"n":9007199254740993,"d":1.0}""") };

        var receipt = await Client(server).UpsertAsync("db_01", vector, new WriteOptions { IdempotencyKey = "once" });

        Assert.Equal(new WriteReceipt(7, "p1"), receipt);
        Assert.Equal("/v1/databases/db_01/vectors", server.Target);
        Assert.Equal("""{"id":"a","values":{"base64":"AACAPwAAIMA="},"metadata":{"n":9007199254740993,"d":1.0}}""", server.Body);
        Assert.Equal("once", Assert.Single(server.Headers!.GetValues("Idempotency-Key")));
        Assert.False(server.Headers!.Contains("X-API-Key"));
    }

    [Fact]
    public async Task A_batch_tells_which_items_failed()
    {
        var server = new RecordedServer(HttpStatusCode.Created, """{"inserted":1,"updated":0,"errors":[{"index":1,"id":"b","error":"wrong_dimension","message":"2, not 3"}]}""");

        var receipt = await Client(server).UpsertAsync("db_01", [new VectorInput { Id = "a", Text = "hello" }, new VectorInput { Id = "b", Values = [1, 2], IfVersion = 0 }], new WriteOptions { Atomic = true });

        Assert.Equal("/v1/databases/db_01/vectors/batch?atomic=true", server.Target);
        Assert.Equal("""{"vectors":[{"id":"a","text":"hello"},{"id":"b","values":{"base64":"AACAPwAAAEA="},"ifVersion":0}],"upsert":true}""", server.Body);
        Assert.Equal(1, receipt.Inserted);
        Assert.Equal(new BatchError { Index = 1, Id = "b", Code = "wrong_dimension", Detail = "2, not 3" }, Assert.Single(receipt.Errors));
    }

    [Theory]
    [InlineData("a/b", "a%2Fb")]
    [InlineData("50%", "50%25")]
    [InlineData("%2F", "%252F")]
    [InlineData(".", "%2E")]
    [InlineData("..", "%2E%2E")]
    [InlineData("a b", "a%20b")]
    [InlineData("🙂", "%F0%9F%99%82")]
    [InlineData("a?b#c", "a%3Fb%23c")]
    public async Task Ids_are_encoded_once_in_paths(string id, string segment)
    {
        var server = new RecordedServer(HttpStatusCode.OK, $$"""{"id":{{JsonSerializer.Serialize(id)}},"values":[1,2],"version":3}""");

        var vector = await Client(server).GetAsync("db_01", id);

        Assert.Equal($"/v1/databases/db_01/vectors/{segment}?values=base64", server.Target);
        Assert.Equal(id, vector!.Id);
    }

    [Theory]
    [InlineData("""[1,-2.5,0.1]""")]
    [InlineData("""{"base64":"AACAPwAAIMDNzMw9"}""")]
    public async Task Values_are_read_in_both_forms(string values)
    {
        var server = new RecordedServer(HttpStatusCode.OK, $$$"""{"id":"a","values":{{{values}}},"metadata":{"n":9007199254740993},"text":"t","version":3}""");

        var vector = (await Client(server).GetAsync("db_01", "a", new ReadOptions { Consistency = "strong", MinPosition = "p+1" }))!;

        Assert.Equal("/v1/databases/db_01/vectors/a?values=base64&consistency=strong&minPosition=p%2B1", server.Target);
        Assert.Equal([1f, -2.5f, 0.1f], vector.Values!);
        Assert.Equal("""{"n":9007199254740993}""", vector.Metadata!.Value.GetRawText());
        Assert.Equal(("t", 3ul), (vector.Text, vector.Version));
    }

    [Fact]
    public async Task Many_vectors_come_back_in_the_order_asked_with_gaps()
    {
        var server = new RecordedServer(HttpStatusCode.OK, """{"vectors":[{"id":"c","version":1},{"id":"a","version":2}]}""");

        var vectors = await Client(server).GetAsync("db_01", ["a", "b", "c", "a"]);

        Assert.Equal("""{"ids":["a","b","c","a"]}""", server.Body);
        Assert.Equal(["a", null, "c", "a"], vectors.Select(vector => vector?.Id));
    }

    [Fact]
    public async Task Pages_carry_their_cursor()
    {
        var server = new RecordedServer(HttpStatusCode.OK, """{"vectors":[{"id":"a","values":[1],"version":1}],"total":12,"nextCursor":"c2"}""");

        var page = await Client(server).ListAsync("db_01", 1, "c=1");

        Assert.Equal("/v1/databases/db_01/vectors?limit=1&cursor=c%3D1&values=base64", server.Target);
        Assert.Equal((12, "c2", 1), (page.Total, page.NextCursor, page.Vectors.Count));
    }

    [Fact]
    public async Task A_search_asks_with_filters_and_reads_results_and_explanation()
    {
        var server = new RecordedServer(HttpStatusCode.OK, """
            {"results":[{"id":"a","similarity":0.5,"distance":1.0,"metadata":{"year":1969},"text":"t"}],"queryTimeMs":0.7,"indexUsed":"HNSW",
             "explain":{"shards":[{"shard":0,"strategy":"graph+tail","distancesComputed":41,"tailRows":3,"vectorCount":100,"efSearch":64,"engineMicroseconds":12.5}]}}
            """);

        var response = await Client(server).SearchAsync("db_01", new SearchRequest
        {
            QueryText = "moon",
            TopK = 3,
            Threshold = 0.25f,
            Filters = Metadata("""{"year":{"$gte":1960}}"""),
            IncludeMetadata = true,
            Explain = true,
        });

        Assert.Equal(
            """{"queryText":"moon","topK":3,"threshold":0.25,"filters":{"year":{"$gte":1960}},"includeMetadata":true,"explain":true}""",
            server.Body);
        var hit = Assert.Single(response.Results);
        Assert.Equal(("a", 0.5f, 1f, 1969), (hit.Id, hit.Similarity, hit.Distance, hit.Metadata!.Value.GetProperty("year").GetInt32()));
        Assert.Equal(("graph+tail", 41), (response.Explain!.Shards[0].Strategy, response.Explain.Shards[0].DistancesComputed));
    }

    [Fact]
    public async Task An_import_streams_lines_and_reads_the_summary()
    {
        const string body = """{"status":"partial","received":3,"count":2,"inserted":2,"updated":0,"failed":1,"acknowledgedLines":3,"errors":[{"line":3,"id":"c","error":"not_finite","message":"d"}]}""";
        var server = new RecordedServer((HttpStatusCode)207, body) { Adjust = response => response.Headers.Add("Jade-Position", "p9") };
        var sent = new SentLines();

        var summary = await Client(server).ImportAsync("db_01", Vectors(3), sent);

        Assert.Equal(("/v1/databases/db_01/import", "application/x-ndjson"), (server.Target, server.ContentType));
        Assert.Equal("""
            {"id":"0","values":{"base64":"AAAAAA=="}}
            {"id":"1","values":{"base64":"AACAPw=="}}
            {"id":"2","values":{"base64":"AAAAQA=="}}

            """, server.Body);
        Assert.Equal([3], sent.Values);
        Assert.Equal((2, 1, 3, "p9"), (summary.Imported, summary.Failed, summary.AcknowledgedLines, summary.Position));
        Assert.Equal(new ImportError { Line = 3, Id = "c", Code = "not_finite", Detail = "d" }, Assert.Single(summary.Errors));
    }

    [Fact]
    public async Task A_long_import_reports_progress_on_its_way()
    {
        var server = new RecordedServer(HttpStatusCode.OK, """{"count":10000,"failed":0}""");
        var sent = new SentLines();

        await Client(server).ImportAsync("db_01", Vectors(10_000), sent);

        Assert.True(sent.Values.Count > 3);
        Assert.Equal(sent.Values.Order(), sent.Values);
        Assert.Equal(10_000, sent.Values[^1]);
        Assert.Equal(10_000, server.Body!.Count(character => character == '\n'));
    }

    [Fact]
    public async Task A_problem_document_becomes_an_exception()
    {
        var server = new RecordedServer(HttpStatusCode.ServiceUnavailable, """
            {"type":"urn:jade:outcome_unknown","title":"Unknown","status":503,"detail":"The write may be there.","code":"outcome_unknown","traceId":"t1","error":"outcome_unknown","message":"m","details":{}}
            """, "application/problem+json")
        { Adjust = response => response.Headers.RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(2)) };

        var refused = await Assert.ThrowsAsync<JadeApiException>(() => Client(server).UpsertAsync("db_01", new VectorInput { Id = "a", Values = [1] }));

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "outcome_unknown", "The write may be there.", "t1"), (refused.Status, refused.Code, refused.Detail, refused.TraceId));
        Assert.Equal(TimeSpan.FromSeconds(2), refused.RetryAfter);
        Assert.True(refused.IsOutcomeUnknown && refused.IsTransient);
        Assert.Equal("The write may be there. (503 outcome_unknown)", refused.Message);
    }

    [Theory]
    [InlineData("text/html", "<html>bad gateway</html>")]
    [InlineData("application/json", "not json")]
    [InlineData("application/json", "{}")]
    public async Task An_error_that_is_no_problem_document_keeps_its_status(string contentType, string body)
    {
        var server = new RecordedServer(HttpStatusCode.BadGateway, body, contentType);
        var refused = await Assert.ThrowsAsync<JadeApiException>(() => Client(server).GetDatabaseAsync("db_01"));
        Assert.Equal("http_502", refused.Code);
    }

    [Fact]
    public async Task What_is_not_there_is_null_or_false()
    {
        var server = new RecordedServer(HttpStatusCode.NotFound, """{"code":"not_found","detail":"No vector.","details":{"vectorId":"a"}}""", "application/problem+json");
        Assert.Null(await Client(server).GetAsync("db_01", "a"));
        Assert.False(await Client(server).DeleteAsync("db_01", "a"));
        await Assert.ThrowsAsync<JadeApiException>(() => Client(server).GetDatabaseAsync("db_01"));
        Assert.False(await Client(server).IsReadyAsync());

        var without = new RecordedServer(HttpStatusCode.NotFound, """{"code":"not_found","detail":"No database.","details":{}}""", "application/problem+json");
        Assert.Equal("No database.", (await Assert.ThrowsAsync<JadeApiException>(() => Client(without).GetAsync("db_01", "a"))).Detail);
        await Assert.ThrowsAsync<JadeApiException>(() => Client(without).DeleteAsync("db_01", "a"));
    }

    [Fact]
    public async Task Status_tells_the_tail_of_every_shard()
    {
        var server = new RecordedServer(HttpStatusCode.OK, """
            {"databaseId":"db_01","status":"healthy","timestamp":"2026-01-01T00:00:00Z","stats":{"vectorCount":3,"sizeBytes":10},
             "shards":[{"shard":0,"vectorCount":3,"tailCount":2,"segmentCount":1,"memoryBytes":5,"storageBytes":10,"sequence":9,"epoch":1,"node":"n","error":null}]}
            """);
        var status = await Client(server).GetDatabaseStatusAsync("db_01");
        Assert.Equal(("/v1/databases/db_01/status", 2, 3), (server.Target, status.Shards[0].TailCount, status.Stats!.VectorCount));
    }

    [Fact]
    public async Task Fields_that_an_answer_leaves_out_have_their_defaults()
    {
        var receipt = await Client(new RecordedServer(HttpStatusCode.Created, """{"inserted":1}""")).UpsertAsync("db_01", [new VectorInput { Id = "a", Text = "t" }]);
        Assert.Empty(receipt.Errors);
        var summary = await Client(new RecordedServer(HttpStatusCode.OK, """{"count":1,"errors":[{"line":1}]}""")).ImportAsync("db_01", Vectors(1));
        Assert.Equal(("", ""), (summary.Errors[0].Code, summary.Errors[0].Detail));
        var database = await Client(new RecordedServer(HttpStatusCode.OK, """{"databaseId":"db_01","name":"n","vectorDimension":3,"sharding":{"numShards":2}}""")).GetDatabaseAsync("db_01");
        Assert.Equal(("cosine", "HNSW", "", "hash"), (database.Metric, database.IndexType, database.Description, database.Sharding!.Strategy));
    }

    private static async IAsyncEnumerable<VectorInput> Vectors(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await Task.Yield();
            yield return new VectorInput { Id = $"{i}", Values = [i] };
        }
    }

    private sealed class SentLines : IProgress<long>
    {
        internal List<long> Values { get; } = [];

        public void Report(long value) => Values.Add(value);
    }
}
