using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.EndToEnd;

public sealed class SearchTests
{
    private const int Dimension = 24;

    [Fact]
    public async Task Search_over_many_shards_equals_search_over_one()
    {
        using var folder = new TemporaryDirectory();
        await using var node = await Node.StartAsync(folder.Path);
        var random = new Random(5);
        var rows = Enumerable.Range(0, 600).Select(_ => RandomVector(random)).ToArray();
        var one = await Load(node.Http, "one", 1, rows);
        var many = await Load(node.Http, "many", 5, rows);
        for (var i = 0; i < 20; i++)
        {
            var query = $$"""{"queryVector":{{RandomVector(random)}},"topK":15,"exact":true}""";
            Assert.Equal(
                (await node.Http.Post($"/v1/databases/{one}/search", query)).Ids(),
                (await node.Http.Post($"/v1/databases/{many}/search", query)).Ids());
        }
    }

    [Fact]
    public async Task A_vector_is_found_by_the_search_that_follows_its_acknowledgement()
    {
        using var folder = new TemporaryDirectory();
        await using var node = await Node.StartAsync(folder.Path);
        var database = await node.Http.CreateDatabase("fresh", Dimension, ""","metric":"euclidean","sharding":{"strategy":"hash","numShards":3}""");
        var random = new Random(6);
        for (var i = 0; i < 100; i++)
        {
            var vector = RandomVector(random);
            await node.Http.Post($"/v1/databases/{database}/vectors", $$"""{"id":"n{{i}}","values":{{vector}}}""", HttpStatusCode.Created);
            Assert.Equal([$"n{i}"], (await node.Http.Post($"/v1/databases/{database}/search", $$"""{"queryVector":{{vector}},"topK":1}""")).Ids());
        }
    }

    [Theory]
    [InlineData("IVF", "rescore", """{"nlist":40,"nprobe":10,"rescore":20,"pqComponents":2}""", """{"rescore":20,"quantization":"pq","nlist":40,"pqComponents":2,"nprobe":10}""", "cells")]
    [InlineData("LSH", "nprobe", """{"tables":8,"hashFunctions":8,"nprobe":8}""", """{"tables":8,"hashFunctions":8,"nprobe":8}""", "tables")]
    public async Task Databases_of_cells_and_hash_tables_keep_their_parameters_and_use_them(string type, string parameter, string given, string described, string strategy)
    {
        using var folder = new TemporaryDirectory();
        var random = new Random(11);
        var query = RandomVector(random);
        string database;
        await using (var node = await Node.StartAsync(folder.Path))
        {
            database = await node.Http.CreateDatabase("indexed", Dimension, $$""","metric":"euclidean","indexType":"{{type}}","indexParameters":{{given}}""");
            foreach (var batch in Enumerable.Range(0, 3_000).Chunk(1_000))
            {
                var vectors = string.Join(',', batch.Select(i => $$$"""{"id":"v{{{i}}}","values":{{{RandomVector(random)}}},"metadata":{"even":{{{(i % 2 == 0 ? "true" : "false")}}}}}"""));
                await node.Http.Post($"/v1/databases/{database}/vectors/batch", $$"""{"vectors":[{{vectors}}]}""", HttpStatusCode.Created);
            }

            await node.Http.Post($"/v1/databases/{database}/compact", "{}");
        }

        await using var again = await Node.StartAsync(folder.Path);
        var shown = await again.Http.Get($"/v1/databases/{database}");
        Assert.Equal(type, (string)shown["indexType"]!);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(described), shown["indexParameters"]), shown["indexParameters"]!.ToJsonString());
        var few = await SearchAsync("");
        Assert.Equal((strategy, type), ((string)few["explain"]!["shards"]![0]!["strategy"]!, (string)few["indexUsed"]!));
        Assert.Equal(10, few.Ids().Length);
        var many = await SearchAsync($""","{parameter}":40""");
        Assert.True(Distances(many) > Distances(few), $"{parameter} of the search");
        await again.Http.Put($"/v1/databases/{database}", $$$"""{"indexParameters":{"{{{parameter}}}":40}}""");
        Assert.Equal(Distances(many), Distances(await SearchAsync("")));
        Assert.Equal("FLAT", (string)(await SearchAsync(""","exact":true"""))["indexUsed"]!);
        var filtered = await SearchAsync(""","filters":{"metadata.even":true}""");
        Assert.Equal((10, 1_500L), (filtered.Ids().Length, (long)filtered["explain"]!["shards"]![0]!["filterMatchedRows"]!));

        async Task<JsonNode> SearchAsync(string more) =>
            await again.Http.Post($"/v1/databases/{database}/search", $$"""{"queryVector":{{query}},"topK":10,"explain":true{{more}}}""");

        static long Distances(JsonNode reply) => (long)reply["explain"]!["distancesComputed"]!;
    }

    [Fact]
    public async Task Explain_tells_what_every_shard_did()
    {
        using var folder = new TemporaryDirectory();
        await using var node = await Node.StartAsync(folder.Path);
        var random = new Random(7);
        var database = await Load(node.Http, "explained", 2, [.. Enumerable.Range(0, 200).Select(_ => RandomVector(random))]);
        var reply = await node.Http.Post($"/v1/databases/{database}/search", $$"""{"queryVector":{{RandomVector(random)}},"topK":5,"explain":true}""");
        var shards = reply["explain"]!["shards"]!.AsArray();
        Assert.Equal(2, shards.Count);
        Assert.Equal(200, shards.Sum(shard => (long)shard!["vectorCount"]!));
        Assert.All(shards, shard => Assert.True((long)shard!["distancesComputed"]! > 0));
        Assert.All(shards, shard => Assert.Null(shard!["filterMatchedRows"]));
        reply = await node.Http.Post(
            $"/v1/databases/{database}/search", $$$"""{"queryVector":{{{RandomVector(random)}}},"topK":5,"filters":{"nowhere":{"$exists":false}},"explain":true}""");
        Assert.Equal(200, reply["explain"]!["shards"]!.AsArray().Sum(shard => (long)shard!["filterMatchedRows"]!));
    }

    [Fact]
    public async Task Text_is_embedded_on_the_way_in_and_on_the_way_to_a_search()
    {
        using var folder = new TemporaryDirectory();
        await using var node = await Node.StartAsync(folder.Path);
        var database = await node.Http.CreateDatabase("texts", 256);
        await node.Http.Post($"/v1/databases/{database}/vectors/batch", """
            {"vectors":[
              {"id":"danube","text":"The Danube flows through ten countries to the Black Sea","metadata":{"continent":"Europe","km":2850}},
              {"id":"nile","text":"The Nile flows north through Egypt to the Mediterranean","metadata":{"continent":"Africa","km":6650}},
              {"id":"rhine","text":"The Rhine flows from the Alps to the North Sea","metadata":{"continent":"Europe","km":1230}}]}
            """, HttpStatusCode.Created);
        Assert.Equal("danube", (await node.Http.Post($"/v1/databases/{database}/search", """{"queryText":"which river reaches the Black Sea","topK":3}""")).Ids()[0]);
        Assert.Equal(
            ["nile"],
            (await node.Http.Post($"/v1/databases/{database}/search", """{"queryText":"river","topK":3,"filters":{"km":{"$gt":3000}}}""")).Ids());
        Assert.Contains("Egypt", (string)(await node.Http.Get($"/v1/databases/{database}/vectors/nile"))["text"]!, StringComparison.Ordinal);
        Assert.Equal(256, (await node.Http.Post("/v1/embeddings/generate", """{"input":"hello"}"""))["embedding"]!.AsArray().Count);
    }

    [Fact]
    public async Task An_import_reports_the_lines_it_could_not_take_and_keeps_the_rest()
    {
        using var folder = new TemporaryDirectory();
        await using var node = await Node.StartAsync(folder.Path);
        var database = await node.Http.CreateDatabase("imported", 2, ""","metric":"euclidean","sharding":{"strategy":"hash","numShards":2}""");
        var lines = Enumerable.Range(0, 1000).Select(i => i switch
        {
            13 => """{"id":"bad","values":[1]}""",
            600 => "not json",
            _ => $$"""{"id":"r{{i}}","values":[{{i}},0]}""",
        });
        using var body = new StringContent(string.Join('\n', lines), Encoding.UTF8, "application/x-ndjson");
        using var response = await node.Http.PostAsync(new Uri($"/v1/databases/{database}/import", UriKind.Relative), body);
        var reply = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal(998, (int)reply["count"]!);
        Assert.Equal([14, 601], reply["errors"]!.AsArray().Select(error => (int)error!["line"]!));
        Assert.Equal(["r500"], (await node.Http.Post($"/v1/databases/{database}/search", """{"queryVector":[500,0],"topK":1}""")).Ids());
    }

    private static async Task<string> Load(HttpClient http, string name, int shards, string[] rows)
    {
        var database = await http.CreateDatabase(name, Dimension, $$""","metric":"euclidean","sharding":{"strategy":"hash","numShards":{{shards}}}""");
        var items = rows.Select((row, i) => $$"""{"id":"r{{i}}","values":{{row}}}""");
        foreach (var chunk in items.Chunk(200))
        {
            await http.Post($"/v1/databases/{database}/vectors/batch", $$"""{"vectors":[{{string.Join(',', chunk)}}]}""", HttpStatusCode.Created);
        }

        return database;
    }

    private static string RandomVector(Random random) =>
        $"[{string.Join(',', Enumerable.Range(0, Dimension).Select(_ => random.NextSingle().ToString(System.Globalization.CultureInfo.InvariantCulture)))}]";
}
