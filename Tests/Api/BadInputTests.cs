using System.Text;
using JadeVector.Tests.Api.Support;
using Xunit;

namespace JadeVector.Tests.Api;

/// <summary>What is wrong with a request is told with the field and the limit, and nothing of it is stored.</summary>
public sealed class BadInputTests
{
    [Theory]
    [InlineData("""{"id":"a","values":[1,2]}""", "wrong_dimension", "'values' has 2 components; the database has dimension 3.")]
    [InlineData("""{"id":"a","values":[1,2,3,4]}""", "wrong_dimension", "has 4 components")]
    [InlineData("""{"id":"a","values":{"base64":"AACAPwAAAEA="}}""", "wrong_dimension", "has 2 components")]
    [InlineData("""{"id":"a","values":{"base64":"AACAPw=="},"x":1}""", "wrong_dimension", "has 1 components")]
    [InlineData("""{"id":"a","values":{"base64":"AACA"}}""", "invalid_argument", "3 bytes long")]
    [InlineData("""{"id":"a","values":{"base64":"?"}}""", "invalid_argument", "is not base64")]
    [InlineData("""{"id":"a","values":{"base64":"AACAfwAAgH8AAIB/"}}""", "not_finite", "'values[0]'")]
    [InlineData("""{"id":"a","values":{"hex":"00"}}""", "unknown_field", "'values.hex'")]
    [InlineData("""{"id":"a","values":[1,1e39,3]}""", "not_finite", "'values[1]'")]
    [InlineData("""{"id":"a","values":[1,2,-1e39]}""", "not_finite", "'values[2]'")]
    [InlineData("""{"id":"a","values":[1,NaN,3]}""", "not_finite", "'values[1]'")]
    [InlineData("""{"id":"a","values":[1, 2, -Infinity]}""", "not_finite", "'values[2]'")]
    [InlineData("""{"id":"a","values":[Infinity]}""", "not_finite", "'values[0]'")]
    [InlineData("""{"id":"a","values":[1,"2",3]}""", "invalid_argument", "'values[1]' must be a number")]
    [InlineData("""{"id":"a","values":[1,null,3]}""", "invalid_argument", "'values[1]' must be a number")]
    [InlineData("""{"id":"a","values":"1,2,3"}""", "invalid_argument", "'values'")]
    [InlineData("""{"id":"a"}""", "invalid_argument", "'values' is missing")]
    [InlineData("""{"id":"","values":[1,2,3]}""", "invalid_argument", "'id' is empty")]
    [InlineData("""{"values":[1,2,3]}""", "invalid_argument", "'id' is missing")]
    [InlineData("""{"id":7,"values":[1,2,3]}""", "invalid_argument", "'id' must be a string")]
    [InlineData("""{"id":"a\u0007","values":[1,2,3]}""", "invalid_argument", "'id' has a control character")]
    [InlineData("""{"id":"\ud800","values":[1,2,3]}""", "invalid_argument", "'id'")]
    [InlineData("""{"id":"a","id":"b","values":[1,2,3]}""", "invalid_argument", "'id' is given twice")]
    [InlineData("""{"id":"a","values":[1,2,3],"metadata":[1]}""", "invalid_argument", "'metadata' must be a JSON object")]
    [InlineData("""{"id":"a","values":[1,2,3],"metadata":{"k":1,"\u006b":2}}""", "invalid_argument", "key 'k' twice")]
    [InlineData("""{"id":"a","values":[1,2,3],"metadata":{"k":1e400}}""", "not_finite", "'metadata'")]
    [InlineData("""{"id":"a","values":[1,2,3],"metadata":{"k":"\udc00"}}""", "invalid_argument", "'metadata'")]
    [InlineData("""{"id":"a","values":[1,2,3],"text":""}""", "invalid_argument", "'text' is empty")]
    [InlineData("""{"id":"a","values":[1,2,3],"ifVersion":-1}""", "invalid_argument", "'ifVersion'")]
    [InlineData("""{"id":"a","values":[1,2,3],"valeus":1}""", "unknown_field", "'valeus'")]
    [InlineData("""{"id":"a","values":[1,2,3],"version":7}""", "not_supported", "'version'")]
    [InlineData("""{"id":"a","values":[1,2,3],"deleted":true}""", "not_supported", "'deleted'")]
    [InlineData("""{"id":"a","values":[1,2,3]""", "malformed_json", "")]
    [InlineData("""{"id":"a","values":[1,2,3]} {}""", "malformed_json", "")]
    [InlineData("", "malformed_json", "")]
    [InlineData("[]", "invalid_argument", "'body' must be a JSON object")]
    public async Task Vector_that_cannot_be_stored_is_refused_by_the_field_at_fault(string body, string code, string detail)
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        var problem = (await api.PostAsync($"/v1/databases/{database}/vectors", body)).ExpectProblem(400, code);
        Assert.Contains(detail, problem["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.NotNull(problem["details"]!["field"]);
        Assert.Empty(api.Cluster.IdsIn(database));
    }

    [Theory]
    [InlineData("""{"topK":3}""", "invalid_argument", "queryVector")]
    [InlineData("""{"queryVector":[1,2],"topK":3}""", "wrong_dimension", "queryVector")]
    [InlineData("""{"queryVector":[1,2,1e39]}""", "not_finite", "queryVector[2]")]
    [InlineData("""{"queryVector":[1,2,3],"topK":0}""", "invalid_argument", "topK")]
    [InlineData("""{"queryVector":[1,2,3],"topK":1.5}""", "invalid_argument", "topK")]
    [InlineData("""{"queryVector":[1,2,3],"topK":10001}""", "limit_exceeded", "topK")]
    [InlineData("""{"queryVector":[1,2,3],"threshold":1e39}""", "not_finite", "threshold")]
    [InlineData("""{"queryVector":[1,2,3],"filters":"a=b"}""", "invalid_argument", "filters")]
    [InlineData("""{"queryVector":[1,2,3],"includeMetadata":"yes"}""", "invalid_argument", "includeMetadata")]
    [InlineData("""{"queryVector":[1,2,3],"groupBy":"category"}""", "not_supported", "groupBy")]
    [InlineData("""{"queryVector":[1,2,3],"diversity":0.5}""", "not_supported", "diversity")]
    [InlineData("""{"queryVector":[1,2,3],"index":"other"}""", "not_supported", "index")]
    [InlineData("""{"queryVector":[1,2,3],"top_k":3}""", "unknown_field", "top_k")]
    [InlineData("""{"queryVector":[1,2,3],"nprobe":0}""", "invalid_argument", "nprobe")]
    [InlineData("""{"queryVector":[1,2,3],"rescore":1001}""", "limit_exceeded", "rescore")]
    [InlineData("""{"queryVector":[1,2,3],"queryText":"x"}""", "invalid_argument", "queryText")]
    public async Task Search_that_cannot_be_run_is_refused_by_the_field_at_fault(string body, string code, string field)
    {
        await using var api = await ApiHost.StartAsync();
        var database = await api.CreateDatabaseAsync();
        var problem = (await api.PostAsync($"/v1/databases/{database}/search", body)).ExpectProblem(400, code);
        Assert.Equal(field, problem["details"]!["field"]!.GetValue<string>());
        Assert.Null(api.Cluster.LastSearch);
    }

    [Theory]
    [InlineData("""{"vectorDimension":3}""", "invalid_argument", "name")]
    [InlineData("""{"name":"  ","vectorDimension":3}""", "invalid_argument", "name")]
    [InlineData("""{"name":"n"}""", "invalid_argument", "vectorDimension")]
    [InlineData("""{"name":"n","vectorDimension":0}""", "invalid_argument", "vectorDimension")]
    [InlineData("""{"name":"n","vectorDimension":"3"}""", "invalid_argument", "vectorDimension")]
    [InlineData("""{"name":"n","vectorDimension":16385}""", "limit_exceeded", "vectorDimension")]
    [InlineData("""{"name":"n","vectorDimension":3,"metric":"manhattan"}""", "invalid_argument", "metric")]
    [InlineData("""{"name":"n","vectorDimension":3,"indexType":"TREE"}""", "invalid_argument", "indexType")]
    [InlineData("""{"name":"n","vectorDimension":3,"indexParameters":{"M":1}}""", "invalid_argument", "indexParameters.M")]
    [InlineData("""{"name":"n","vectorDimension":3,"indexParameters":{"quantization":"int4"}}""", "invalid_argument", "indexParameters.quantization")]
    [InlineData("""{"name":"n","vectorDimension":3,"indexType":"FLAT","indexParameters":{"quantization":"int8"}}""", "not_supported", "indexParameters.quantization")]
    [InlineData("""{"name":"n","vectorDimension":3,"indexParameters":{"nlist":1}}""", "not_supported", "indexParameters.nlist")]
    [InlineData("""{"name":"n","vectorDimension":3,"indexParameters":{"quantization":"pq"}}""", "not_supported", "indexParameters.quantization")]
    [InlineData("""{"name":"n","vectorDimension":3,"indexParameters":{"lists":1}}""", "unknown_field", "indexParameters.lists")]
    [InlineData("""{"name":"n","vectorDimension":3,"indexType":"IVF","indexParameters":{"M":16}}""", "not_supported", "indexParameters.M")]
    [InlineData("""{"name":"n","vectorDimension":3,"indexType":"IVF","indexParameters":{"nlist":-1}}""", "invalid_argument", "indexParameters.nlist")]
    [InlineData("""{"name":"n","vectorDimension":3,"indexType":"IVF","indexParameters":{"nprobe":65537}}""", "limit_exceeded", "indexParameters.nprobe")]
    [InlineData("""{"name":"n","vectorDimension":3,"indexType":"IVF","indexParameters":{"rescore":0}}""", "invalid_argument", "indexParameters.rescore")]
    [InlineData("""{"name":"n","vectorDimension":3,"indexType":"IVF","indexParameters":{"quantization":"int8"}}""", "not_supported", "indexParameters.quantization")]
    [InlineData("""{"name":"n","vectorDimension":3,"indexType":"IVF","indexParameters":{"quantization":"none","pqComponents":2}}""", "invalid_argument", "indexParameters.pqComponents")]
    [InlineData("""{"name":"n","vectorDimension":3,"indexType":"LSH","indexParameters":{"tables":257}}""", "limit_exceeded", "indexParameters.tables")]
    [InlineData("""{"name":"n","vectorDimension":3,"indexType":"LSH","indexParameters":{"hashFunctions":33}}""", "limit_exceeded", "indexParameters.hashFunctions")]
    [InlineData("""{"name":"n","vectorDimension":3,"indexType":"LSH","indexParameters":{"nlist":3}}""", "not_supported", "indexParameters.nlist")]
    [InlineData("""{"name":"n","vectorDimension":3,"indexType":"FLAT","indexParameters":{"nprobe":3}}""", "not_supported", "indexParameters.nprobe")]
    [InlineData("""{"name":"n","vectorDimension":3,"sharding":{"strategy":"range"}}""", "not_supported", "sharding.strategy")]
    [InlineData("""{"name":"n","vectorDimension":3,"sharding":{"numShards":257}}""", "limit_exceeded", "sharding.numShards")]
    [InlineData("""{"name":"n","vectorDimension":3,"backups":{"keep":3}}""", "invalid_argument", "backups.everySeconds")]
    [InlineData("""{"name":"n","vectorDimension":3,"backups":{"everySeconds":59}}""", "invalid_argument", "backups.everySeconds")]
    [InlineData("""{"name":"n","vectorDimension":3,"backups":{"everySeconds":60,"keep":51}}""", "limit_exceeded", "backups.keep")]
    [InlineData("""{"name":"n","vectorDimension":3,"backups":{"everySeconds":60,"days":51}}""", "unknown_field", "backups.days")]
    [InlineData("""{"name":"n","vectorDimension":3,"replication":{"factor":6}}""", "limit_exceeded", "replication.factor")]
    [InlineData("""{"name":"n","vectorDimension":3,"replication":{"factor":0}}""", "invalid_argument", "replication.factor")]
    [InlineData("""{"name":"n","vectorDimension":3,"replication":{"factor":2,"sync":true}}""", "not_supported", "replication.sync")]
    [InlineData("""{"name":"n","vectorDimension":3,"retentionPolicy":{"maxAgeDays":1}}""", "not_supported", "retentionPolicy")]
    [InlineData("""{"name":"n","vectorDimension":3,"accessControl":{"roles":["r"]}}""", "not_supported", "accessControl")]
    [InlineData("""{"name":"n","vectorDimension":3,"metadataSchema":{"a":"int"}}""", "not_supported", "metadataSchema")]
    [InlineData("""{"name":"n","vectorDimension":3,"embeddingModels":[{"name":"none"}]}""", "invalid_argument", "embeddingModels[0].name")]
    [InlineData("""{"name":"n","vectorDimension":3,"colour":"red"}""", "unknown_field", "colour")]
    [InlineData("""{"name":"n","name":"m","vectorDimension":3}""", "invalid_argument", "name")]
    [InlineData("""{"name":"n",""", "malformed_json", "body")]
    public async Task Database_that_cannot_be_created_is_refused_by_the_field_at_fault(string body, string code, string field)
    {
        await using var api = await ApiHost.StartAsync();
        var problem = (await api.PostAsync("/v1/databases", body)).ExpectProblem(400, code);
        Assert.Equal(field, problem["details"]!["field"]!.GetValue<string>());
        Assert.Equal(0, (await api.GetAsync("/v1/databases")).Json["total"]!.GetValue<int>());
    }

    [Fact]
    public async Task Known_fields_pass_at_their_defaults()
    {
        await using var api = await ApiHost.StartAsync();
        var created = await api.PostAsync("/v1/databases", """
            {"name":"n","vectorDimension":3,"metric":"dot","indexType":"FLAT","indexParameters":{"M":8,"efConstruction":50,"efSearch":20},
             "sharding":{"strategy":"hash","numShards":4},"replication":{"factor":1,"sync":false},"embeddingModels":[{"name":"default","inputType":"text"}],
             "metadataSchema":{},"retentionPolicy":null,"accessControl":{}}
            """);
        var database = created.ExpectJson(201)["databaseId"]!.GetValue<string>();
        Assert.Equal("dot", created.Json["metric"]!.GetValue<string>());
        Assert.Equal("FLAT", created.Json["indexType"]!.GetValue<string>());
        Assert.Equal(4, created.Json["sharding"]!["numShards"]!.GetValue<int>());
        Assert.Equal(8, created.Json["indexParameters"]!["M"]!.GetValue<int>());
        Assert.Equal("jade-hashing", created.Json["embeddingModels"]![0]!["name"]!.GetValue<string>());
        (await api.PostAsync(
            $"/v1/databases/{database}/vectors",
            """{"id":"a","values":[1,2,3],"metadata":null,"text":null,"ifVersion":null,"embeddingModel":"default","shard":null,"version":null,"deleted":false}""")).ExpectJson(201);
        (await api.PostAsync(
            $"/v1/databases/{database}/search",
            """{"queryVector":[1,2,3],"topK":null,"threshold":null,"filters":null,"groupBy":null,"diversity":null,"index":"FLAT","embeddingModel":"default"}""")).ExpectJson(200);
    }

    [Theory]
    [InlineData(63, "HNSW", null, "none")]
    [InlineData(64, "HNSW", null, "int8")]
    [InlineData(64, "FLAT", null, "none")]
    [InlineData(8, "HNSW", "1bit", "1bit")]
    [InlineData(64, "HNSW", "none", "none")]
    public async Task Quantization_is_bytes_from_64_dimensions_up_or_what_is_asked_for(int dimension, string index, string? asked, string expected)
    {
        await using var api = await ApiHost.StartAsync();
        var parameters = asked is null ? "{}" : $$"""{"quantization":"{{asked}}"}""";
        var created = await api.PostAsync("/v1/databases", $$"""{"name":"n","vectorDimension":{{dimension}},"indexType":"{{index}}","indexParameters":{{parameters}}}""");
        Assert.Equal(expected, created.ExpectJson(201)["indexParameters"]!["quantization"]!.GetValue<string>());
    }

    [Fact]
    public async Task What_is_fixed_at_creation_cannot_be_changed()
    {
        await using var api = await ApiHost.StartAsync();
        var path = $"/v1/databases/{await api.CreateDatabaseAsync()}";
        foreach (var (body, field) in ((string, string)[])[
            ("""{"vectorDimension":4}""", "vectorDimension"), ("""{"indexType":"FLAT"}""", "indexType"), ("""{"metric":"dot"}""", "metric"),
            ("""{"sharding":{"numShards":2}}""", "sharding.numShards"), ("""{"indexParameters":{"M":32}}""", "indexParameters.M"),
            ("""{"indexParameters":{"quantization":"1bit"}}""", "indexParameters.quantization")])
            Assert.Equal(field, (await api.PutAsync(path, body)).ExpectProblem(400, "not_supported")["details"]!["field"]!.GetValue<string>());
        Assert.Equal(99, (await api.PutAsync(path, """{"indexParameters":{"efSearch":99}}""")).ExpectJson(200)["indexParameters"]!["efSearch"]!.GetValue<int>());
    }

    [Fact]
    public async Task Taken_name_is_a_conflict()
    {
        await using var api = await ApiHost.StartAsync();
        await api.CreateDatabaseAsync();
        (await api.PostAsync("/v1/databases", """{"name":"articles","vectorDimension":3}""")).ExpectProblem(409, "conflict");
    }

    [Theory]
    [InlineData("/v1/databases/db_none")]
    [InlineData("/v1/databases/db%20none/vectors")]
    [InlineData("/v1/databases/db_none/vectors/a")]
    [InlineData("/v1/databases/db_none/status")]
    [InlineData("/v1/databases/db_none/shards")]
    public async Task Unknown_database_is_not_found(string path)
    {
        await using var api = await ApiHost.StartAsync();
        (await api.GetAsync(path)).ExpectProblem(404, "not_found");
    }

    [Fact]
    public async Task Each_limit_is_told_with_its_value()
    {
        await using var api = await ApiHost.StartAsync(
            ("Jade:Limits:MetadataBytes", "40"), ("Jade:Limits:MetadataDepth", "3"), ("Jade:Limits:TextBytes", "10"), ("Jade:Limits:BatchItems", "2"),
            ("Jade:Limits:BatchGetIds", "2"), ("Jade:Limits:PageItems", "5"), ("Jade:Limits:TopK", "7"), ("Jade:Limits:FilterBytes", "20"),
            ("Jade:Limits:EmbeddingInputs", "1"));
        var path = $"/v1/databases/{await api.CreateDatabaseAsync()}";
        await Expect($"{path}/vectors", """{"id":"a","values":[1,2,3],"metadata":{"k":"0123456789012345678901234567890123456789"}}""", "MetadataBytes", 40);
        await Expect($"{path}/vectors", """{"id":"a","values":[1,2,3],"metadata":{"k":[[[1]]]}}""", "MetadataDepth", 3);
        await Expect($"{path}/vectors", """{"id":"a","text":"01234567890"}""", "TextBytes", 10);
        await Expect($"{path}/vectors", $$"""{"id":"{{new string('é', 129)}}","values":[1,2,3]}""", "IdBytes", 256);
        await Expect($"{path}/vectors/batch", """{"vectors":[{"id":"a"},{"id":"b"},{"id":"c"}]}""", "BatchItems", 2);
        await Expect($"{path}/vectors/batch-get", """{"ids":["a","b","c"]}""", "BatchGetIds", 2);
        await Expect($"{path}/search", """{"queryVector":[1,2,3],"topK":8}""", "TopK", 7);
        await Expect($"{path}/search", """{"queryVector":[1,2,3],"filters":{"metadata.score":{"$gte":1}}}""", "FilterBytes", 20);
        await Expect("/v1/embeddings/generate", """{"input":["a","b"]}""", "EmbeddingInputs", 1);
        var page = (await api.GetAsync($"{path}/vectors?limit=6")).ExpectProblem(400, "limit_exceeded");
        Assert.Equal(5, page["details"]!["limit"]!.GetValue<int>());

        async Task Expect(string route, string body, string name, int limit)
        {
            var problem = (await api.PostAsync(route, body)).ExpectProblem(400, "limit_exceeded");
            Assert.Equal(name, problem["details"]!["limitName"]!.GetValue<string>());
            Assert.Equal(limit, problem["details"]!["limit"]!.GetValue<int>());
            Assert.True(problem["details"]!["value"]!.GetValue<int>() > limit);
            Assert.Contains($" {limit}", problem["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Body_beyond_the_limit_is_413_however_it_is_sent()
    {
        await using var api = await ApiHost.StartAsync(("Jade:Limits:BodyBytes", "2048"));
        var path = $"/v1/databases/{await api.CreateDatabaseAsync()}/vectors";
        var body = $$"""{"id":"a","values":[1,2,3],"text":"{{new string('x', 3000)}}"}""";
        var problem = (await api.PostAsync(path, body)).ExpectProblem(413, "body_too_large");
        Assert.Equal(2048, problem["details"]!["limit"]!.GetValue<int>());

        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StreamContent(new MemoryStream(Encoding.UTF8.GetBytes(body))) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        request.Headers.TransferEncodingChunked = true;
        using var response = await api.Client.SendAsync(request);
        (await Answer.OfAsync(response)).ExpectProblem(413, "body_too_large");
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/json; charset=latin1")]
    [InlineData("")]
    public async Task Other_content_types_are_415(string contentType)
    {
        await using var api = await ApiHost.StartAsync();
        var problem = (await api.SendAsync(HttpMethod.Post, "/v1/databases", """{"name":"n","vectorDimension":3}""", contentType)).ExpectProblem(415, "unsupported_media_type");
        Assert.Contains("application/json", problem["detail"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("consistancy=strong", "unknown_field", "consistancy")]
    [InlineData("consistency=total", "invalid_argument", "consistency")]
    [InlineData("limit=0", "invalid_argument", "limit")]
    [InlineData("limit=x", "invalid_argument", "limit")]
    [InlineData("offset=-1", "invalid_argument", "offset")]
    [InlineData("limit=1&limit=2", "invalid_argument", "limit")]
    [InlineData("values=hex", "invalid_argument", "values")]
    [InlineData("offset=1&cursor=1", "invalid_argument", "offset")]
    public async Task Query_parameters_are_checked_like_fields(string query, string code, string field)
    {
        await using var api = await ApiHost.StartAsync();
        var problem = (await api.GetAsync($"/v1/databases/{await api.CreateDatabaseAsync()}/vectors?{query}")).ExpectProblem(400, code);
        Assert.Equal(field, problem["details"]!["field"]!.GetValue<string>());
    }
}
