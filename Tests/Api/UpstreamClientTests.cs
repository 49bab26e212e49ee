using JadeVector.Tests.Api.Support;
using Xunit;

namespace JadeVector.Tests.Api;

/// <summary>The calls of upstream's Python client, byte for byte as it builds them, with the statuses and fields that it reads.</summary>
public sealed class UpstreamClientTests
{
    [Fact]
    public async Task Database_is_created_described_listed_updated_and_deleted()
    {
        await using var api = await ApiHost.StartAsync();
        var created = await api.PostAsync("/v1/databases", """{"name": "n", "description": "", "vectorDimension": 128, "indexType": "HNSW"}""");
        var id = created.ExpectJson(201)["databaseId"]!.GetValue<string>();

        var database = (await api.GetAsync($"/v1/databases/{id}")).ExpectJson(200);
        Assert.Equal(id, database["databaseId"]!.GetValue<string>());
        Assert.Equal("n", database["name"]!.GetValue<string>());
        Assert.Equal(128, database["vectorDimension"]!.GetValue<int>());
        Assert.Equal("HNSW", database["indexType"]!.GetValue<string>());
        Assert.NotNull(database["created_at"]);
        Assert.NotNull(database["updated_at"]);

        var list = (await api.GetAsync("/v1/databases")).ExpectJson(200);
        Assert.Equal(1, list["total"]!.GetValue<int>());
        Assert.Equal(id, list["databases"]![0]!["databaseId"]!.GetValue<string>());

        var update = await api.PutAsync($"/v1/databases/{id}", """{"name": "m", "description": "d", "vectorDimension": 128, "indexType": "HNSW"}""");
        Assert.Equal("success", update.ExpectJson(200)["status"]!.GetValue<string>());
        Assert.Equal("m", (await api.GetAsync($"/v1/databases/{id}")).Json["name"]!.GetValue<string>());

        (await api.DeleteAsync($"/v1/databases/{id}")).ExpectJson(200);
        (await api.GetAsync($"/v1/databases/{id}")).ExpectProblem(404, "not_found");
    }

    [Fact]
    public async Task Vector_is_stored_retrieved_updated_listed_and_deleted()
    {
        await using var api = await ApiHost.StartAsync();
        var vectors = $"/v1/databases/{await api.CreateDatabaseAsync()}/vectors";
        var stored = await api.PostAsync(vectors, """{"id": "v1", "values": [0.1, 0.2, 0.3], "metadata": {"price": "9.99"}}""");
        Assert.Equal("success", stored.ExpectJson(201)["status"]!.GetValue<string>());
        Assert.Equal("v1", stored.Json["vectorId"]!.GetValue<string>());

        var read = (await api.GetAsync($"{vectors}/v1")).ExpectJson(200);
        Assert.Equal("v1", read["id"]!.GetValue<string>());
        Assert.Equal("[0.1,0.2,0.3]", read["values"]!.ToJsonString());
        Assert.Equal("9.99", read["metadata"]!["price"]!.GetValue<string>());

        (await api.PutAsync($"{vectors}/v1", """{"values": [1, 2, 3], "metadata": {}}""")).ExpectJson(200);
        Assert.Equal("[1,2,3]", (await api.GetAsync($"{vectors}/v1")).Json["values"]!.ToJsonString());

        var list = (await api.GetAsync($"{vectors}?limit=50&offset=0")).ExpectJson(200);
        Assert.Equal(1, list["total"]!.GetValue<int>());
        Assert.Equal(50, list["limit"]!.GetValue<int>());
        Assert.Equal(0, list["offset"]!.GetValue<int>());
        Assert.Equal("v1", list["vectors"]![0]!["id"]!.GetValue<string>());

        (await api.DeleteAsync($"{vectors}/v1")).ExpectJson(200);
        (await api.GetAsync($"{vectors}/v1")).ExpectProblem(404, "not_found");
        (await api.DeleteAsync($"{vectors}/v1")).ExpectProblem(404, "not_found");
        (await api.PutAsync($"{vectors}/v1", """{"values": [1, 2, 3]}""")).ExpectProblem(404, "not_found");
    }

    [Fact]
    public async Task Batch_is_stored_and_got_under_each_name_of_the_ids()
    {
        await using var api = await ApiHost.StartAsync();
        var vectors = $"/v1/databases/{await api.CreateDatabaseAsync()}/vectors";
        var stored = await api.PostAsync(
            $"{vectors}/batch", """{"vectors": [{"id": "a", "values": [1, 0, 0]}, {"id": "b", "values": [0, 1, 0], "metadata": {"k": "v"}}]}""");
        Assert.Equal("success", stored.ExpectJson(201)["status"]!.GetValue<string>());
        Assert.Equal(2, stored.Json["count"]!.GetValue<int>());

        foreach (var name in (string[])["ids", "vectorIds", "vector_ids"])
        {
            var got = (await api.PostAsync($"{vectors}/batch-get", $$"""{"{{name}}": ["b", "none", "a"]}""")).ExpectJson(200);
            Assert.Equal(2, got["count"]!.GetValue<int>());
            Assert.Equal("b", got["vectors"]![0]!["id"]!.GetValue<string>());
            Assert.Equal("a", got["vectors"]![1]!["id"]!.GetValue<string>());
            Assert.Equal("none", got["missing"]![0]!.GetValue<string>());
        }
    }

    [Theory]
    [InlineData("/v1", "search")]
    [InlineData("/api/v1", "search")]
    [InlineData("/v1", "search/advanced")]
    public async Task Search_answers_by_similarity_with_what_was_asked_for(string prefix, string route)
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        (await api.PostAsync(
            $"/v1/databases/{database}/vectors/batch",
            """{"vectors": [{"id": "near", "values": [1, 0.1, 0], "metadata": {"n": 1}}, {"id": "far", "values": [0, 1, 0]}, {"id": "away", "values": [-1, 0, 0]}]}""")).ExpectJson(201);
        var body = """{"queryVector": [1, 0, 0], "topK": 3, "includeMetadata": true, "includeValues": true}""";
        var found = (await api.PostAsync($"{prefix}/databases/{database}/{route}", body)).ExpectJson(200);
        Assert.Equal(["near", "far", "away"], found["results"]!.AsArray().Select(hit => hit!["id"]!.GetValue<string>()));
        var first = found["results"]![0]!;
        Assert.InRange(first["similarity"]!.GetValue<float>(), 0.99f, 1f);
        Assert.Equal(1 - first["similarity"]!.GetValue<float>(), first["distance"]!.GetValue<float>(), 1e-6f);
        Assert.Equal("""{"n":1}""", first["metadata"]!.ToJsonString());
        Assert.Equal("[1,0.1,0]", first["values"]!.ToJsonString());
        Assert.True(found["queryTimeMs"]!.GetValue<double>() > 0);
        Assert.Equal("FLAT", found["indexUsed"]!.GetValue<string>());
        Assert.Null(found["explain"]);

        var above = (await api.PostAsync($"{prefix}/databases/{database}/{route}", """{"queryVector": [1, 0, 0], "topK": 3, "threshold": 0.5}""")).ExpectJson(200);
        var only = Assert.Single(above["results"]!.AsArray())!;
        Assert.Null(only["metadata"]);
        Assert.Null(only["values"]);
    }

    [Fact]
    public async Task Filters_reach_the_planner_as_they_were_written()
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        const string Filter = """{"metadata.score": {"$gte": 0.8}, "or": [{"metadata.tags": ["a"]}, {"not": {"metadata.n": 9007199254740993}}]}""";
        var body = $$"""{"queryVector": [1, 0, 0], "topK": 3, "filters": {{Filter}} , "efSearch": 77, "exact": true}""";
        (await api.PostAsync($"/v1/databases/{database}/search/advanced", body)).ExpectJson(200);
        var query = api.Cluster.LastSearch!;
        Assert.Equal(Filter, System.Text.Encoding.UTF8.GetString(query.Filter!));
        Assert.Equal(77, query.EfSearch);
        Assert.True(query.Exact);
        Assert.Null(query.Threshold);
    }

    [Fact]
    public async Task Health_status_and_cluster_have_their_fields()
    {
        await using var api = await ApiHost.StartAsync();
        var health = (await api.GetAsync("/health")).ExpectJson(200);
        Assert.Equal("healthy", health["status"]!.GetValue<string>());
        Assert.Equal(1, health["nodes"]!.GetValue<int>());
        Assert.NotNull(health["timestamp"]);
        Assert.NotNull(health["version"]);

        var status = (await api.GetAsync("/status")).ExpectJson(200);
        Assert.Equal("healthy", status["status"]!.GetValue<string>());
        Assert.Equal("node-1", status["cluster"]!["master"]!.GetValue<string>());
        Assert.Equal("active", status["cluster"]!["nodes"]![0]!["status"]!.GetValue<string>());
        Assert.NotNull(status["metrics"]!["requestsPerSecond"]);
        Assert.Equal("node-1", (await api.GetAsync("/v1/cluster")).ExpectJson(200)["master"]!.GetValue<string>());
    }

    [Fact]
    public async Task Embeddings_are_generated_for_a_text_and_for_a_list()
    {
        await using var api = await ApiHost.StartAsync();
        const string Path = "/v1/embeddings/generate";
        var one = (await api.PostAsync(Path, """{"input": "four", "input_type": "text", "model": "default", "provider": "default"}""")).ExpectJson(200);
        Assert.Equal(8, one["dimension"]!.GetValue<int>());
        Assert.Equal(8, one["embedding"]!.AsArray().Count);
        Assert.Equal(4f, one["embedding"]![0]!.GetValue<float>());
        Assert.Equal("four", one["input"]!.GetValue<string>());
        Assert.Equal("jade-hashing", one["model"]!.GetValue<string>());
        Assert.Equal("fake-provider", one["provider"]!.GetValue<string>());

        var many = (await api.PostAsync(Path, """{"input": ["a", "bb"], "dimension": 2}""")).ExpectJson(200);
        Assert.Equal("[[1,0],[2,0]]", many["embeddings"]!.ToJsonString());
        Assert.Equal(2, many["dimension"]!.GetValue<int>());

        (await api.PostAsync(Path, """{"input": "x", "model": "none"}""")).ExpectProblem(400, "invalid_argument");
        (await api.PostAsync(Path, """{"input": "x", "provider": "other"}""")).ExpectProblem(400, "invalid_argument");
        (await api.PostAsync(Path, """{"input": "x", "input_type": "image"}""")).ExpectProblem(400, "not_supported");
    }
}
