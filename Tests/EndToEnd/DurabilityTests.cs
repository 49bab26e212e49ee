using System.Net;
using System.Text.Json.Nodes;
using JadeVector.Hosting;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.EndToEnd;

public sealed class DurabilityTests
{
    [Fact]
    public async Task Everything_is_found_again_after_a_restart()
    {
        using var folder = new TemporaryDirectory();
        string database;
        await using (var node = await Node.StartAsync(folder.Path))
        {
            database = await node.Http.CreateDatabase("kept", 3, ""","metric":"euclidean","sharding":{"strategy":"hash","numShards":4}""");
            await node.Http.Post($"/v1/databases/{database}/vectors/batch", Batch(0, 200), HttpStatusCode.Created);
            await node.Http.Delete($"/v1/databases/{database}/vectors/v7");
            await node.Http.Put($"/v1/databases/{database}/vectors/v9", """{"values":[9,9,9.5],"metadata":{"n":9007199254740993,"x":1.0}}""");
        }

        await using (var node = await Node.StartAsync(folder.Path))
        {
            var page = await node.Http.Get($"/v1/databases/{database}/vectors?limit=1000");
            Assert.Equal(199, page["vectors"]!.AsArray().Count);
            await node.Http.Get($"/v1/databases/{database}/vectors/v7", HttpStatusCode.NotFound);
            var v9 = await node.Http.Get($"/v1/databases/{database}/vectors/v9");
            Assert.Equal("""{"n":9007199254740993,"x":1.0}""", v9["metadata"]!.ToJsonString());
            var nearest = await node.Http.Post($"/v1/databases/{database}/search", """{"queryVector":[42,42,42],"topK":3}""");
            Assert.Equal(["v42", "v41", "v43"], nearest.Ids());
        }
    }

    [Fact]
    public async Task A_second_node_on_the_same_directory_is_refused_with_the_reason()
    {
        using var folder = new TemporaryDirectory();
        await using var first = await Node.StartAsync(folder.Path);
        var refused = await Assert.ThrowsAsync<JadeStartException>(() => Node.StartAsync(folder.Path));
        Assert.Contains(folder.Path, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deleted_database_does_not_come_back_and_frees_its_name()
    {
        using var folder = new TemporaryDirectory();
        await using (var node = await Node.StartAsync(folder.Path))
        {
            var database = await node.Http.CreateDatabase("fleeting", 3, ""","metric":"euclidean" """);
            await node.Http.Post($"/v1/databases/{database}/vectors/batch", Batch(0, 10), HttpStatusCode.Created);
            await node.Http.Post("/v1/databases", """{"name":"fleeting","vectorDimension":3}""", HttpStatusCode.Conflict);
            await node.Http.Delete($"/v1/databases/{database}");
            Assert.NotEqual(database, await node.Http.CreateDatabase("fleeting", 3));
            await node.Http.Post($"/v1/databases/{database}/search", """{"queryVector":[1,1,1]}""", HttpStatusCode.NotFound);
        }

        await using (var node = await Node.StartAsync(folder.Path))
        {
            Assert.Single((await node.Http.Get("/v1/databases"))["databases"] as JsonArray ?? (JsonArray)await node.Http.Get("/v1/databases"));
        }
    }

    private static string Batch(int first, int count) =>
        $$"""{"vectors":[{{string.Join(',', Enumerable.Range(first, count).Select(i => $$"""{"id":"v{{i}}","values":[{{i}},{{i}},{{i}}],"metadata":{"i":{{i}}} }"""))}}]}""";
}
