using System.Net;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.EndToEnd;

/// <summary>The calls of JadeVectorDB's own client, with the status codes and the fields that it reads.</summary>
public sealed class UpstreamClientTests
{
    [Fact]
    public async Task An_existing_client_works_unchanged()
    {
        using var folder = new TemporaryDirectory();
        await using var node = await Node.StartAsync(folder.Path);
        var http = node.Http;

        var database = await http.CreateDatabase("upstream", 4, ""","description":"","indexType":"HNSW" """);
        Assert.Equal("upstream", (string)(await http.Get($"/v1/databases/{database}"))["name"]!);
        Assert.Contains(database, (await http.Get("/v1/databases")).ToJsonString(), StringComparison.Ordinal);

        await http.Post($"/v1/databases/{database}/vectors", """{"id":"a","values":[1,0,0,0],"metadata":{"kind":"x","score":"0.5"}}""", HttpStatusCode.Created);
        await http.Post(
            $"/v1/databases/{database}/vectors/batch",
            """{"vectors":[{"id":"b","values":[0,1,0,0],"metadata":{"kind":"y"}},{"id":"c","values":[0.9,0.1,0,0]}]}""",
            HttpStatusCode.Created);

        var vector = await http.Get($"/v1/databases/{database}/vectors/a");
        Assert.Equal("a", (string)vector["id"]!);
        Assert.Equal([1f, 0, 0, 0], vector["values"]!.AsArray().Select(value => (float)value!));
        Assert.Equal("x", (string)vector["metadata"]!["kind"]!);
        await http.Get($"/v1/databases/{database}/vectors/nobody", HttpStatusCode.NotFound);

        var search = await http.Post($"/v1/databases/{database}/search", """{"queryVector":[1,0,0,0],"topK":10}""");
        Assert.Equal(["a", "c", "b"], search.Ids());
        Assert.Equal(1f, (float)search["results"]![0]!["similarity"]!, 6);
        Assert.Equal(["a", "c"], (await http.Post($"/v1/databases/{database}/search", """{"queryVector":[1,0,0,0],"topK":10,"threshold":0.5}""")).Ids());
        Assert.Equal(["b"], (await http.Post($"/v1/databases/{database}/search", """{"queryVector":[1,0,0,0],"topK":10,"filters":{"kind":"y"}}""")).Ids());

        await http.Put($"/v1/databases/{database}/vectors/b", """{"values":[1,0,0,0],"metadata":{"kind":"z"}}""");
        Assert.Equal(["a", "b"], (await http.Post($"/v1/databases/{database}/search", """{"queryVector":[1,0,0,0],"topK":2}""")).Ids());

        await http.Delete($"/v1/databases/{database}/vectors/a");
        Assert.Equal(["b", "c"], (await http.Post($"/v1/databases/{database}/search", """{"queryVector":[1,0,0,0],"topK":10}""")).Ids());
        await http.Get("/health");
        await http.Get("/status");
        await http.Delete($"/v1/databases/{database}");
        await http.Get($"/v1/databases/{database}", HttpStatusCode.NotFound);
    }
}
