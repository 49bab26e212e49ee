using System.Net;
using System.Text.Json.Nodes;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.EndToEnd;

public sealed class BadLuckTests
{
    [Fact]
    public async Task A_damaged_shard_says_so_and_the_rest_serves()
    {
        using var folder = new TemporaryDirectory();
        string database, other;
        await using (var node = await Node.StartAsync(folder.Path))
        {
            database = await node.Http.CreateDatabase("damaged", 2, ""","metric":"euclidean","sharding":{"strategy":"hash","numShards":4}""");
            other = await node.Http.CreateDatabase("whole", 2, ""","metric":"euclidean" """);
            await node.Http.Post($"/v1/databases/{database}/vectors/batch", Batch(100), HttpStatusCode.Created);
            await node.Http.Post($"/v1/databases/{other}/vectors/batch", Batch(5), HttpStatusCode.Created);
        }

        FlipAByteInTheMiddle(Directory.EnumerateFiles(Path.Combine(folder.Path, "databases", database, "shards", "2", "log"), "*", SearchOption.AllDirectories));
        await using (var node = await Node.StartAsync(folder.Path))
        {
            var refused = await node.Http.Post($"/v1/databases/{database}/search", """{"queryVector":[1,1],"topK":3}""", HttpStatusCode.ServiceUnavailable);
            Assert.Equal("shard_damaged", (string)refused["code"]!);
            var partial = await node.Http.Post($"/v1/databases/{database}/search?partial=allow", """{"queryVector":[1,1],"topK":100}""");
            Assert.Equal([2], partial["missingShards"]!.AsArray().Select(shard => (int)shard!));
            Assert.InRange(partial.Ids().Length, 40, 99);
            Assert.Equal(["v1"], (await node.Http.Post($"/v1/databases/{other}/search", """{"queryVector":[1,1],"topK":1}""")).Ids());
            var status = await node.Http.Get($"/v1/databases/{database}/shards");
            Assert.Contains("shard_damaged", status.ToJsonString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Bad_items_are_named_and_the_good_ones_of_the_same_batch_are_stored()
    {
        using var folder = new TemporaryDirectory();
        await using var node = await Node.StartAsync(folder.Path);
        var database = await node.Http.CreateDatabase("mixed", 2, ""","metric":"euclidean" """);
        var reply = await node.Http.Post(
            $"/v1/databases/{database}/vectors/batch",
            """{"vectors":[{"id":"good","values":[1,2]},{"id":"short","values":[1]},{"id":"huge","values":[1e39,0]},{"id":"","values":[1,2]}]}""",
            (HttpStatusCode)207);
        Assert.Equal(4, reply["results"]!.AsArray().Count);
        await node.Http.Get($"/v1/databases/{database}/vectors/good");
        await node.Http.Get($"/v1/databases/{database}/vectors/short", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_retry_with_the_same_key_writes_once_and_another_body_is_refused()
    {
        using var folder = new TemporaryDirectory();
        await using var node = await Node.StartAsync(folder.Path);
        var database = await node.Http.CreateDatabase("retried", 2);
        var path = $"/v1/databases/{database}/vectors";
        var first = await node.Http.Post(path, """{"id":"a","values":[1,2]}""", HttpStatusCode.Created, "key-1");
        var again = await node.Http.Post(path, """{"id":"a","values":[1,2]}""", HttpStatusCode.Created, "key-1");
        Assert.Equal(first["version"]!.ToJsonString(), again["version"]!.ToJsonString());
        var other = await node.Http.Post(path, """{"id":"a","values":[2,2]}""", HttpStatusCode.UnprocessableEntity, "key-1");
        Assert.Equal("request_id_reused", (string)other["code"]!);
    }

    [Fact]
    public async Task An_atomic_batch_over_two_shards_writes_nothing()
    {
        using var folder = new TemporaryDirectory();
        await using var node = await Node.StartAsync(folder.Path);
        var database = await node.Http.CreateDatabase("atomic", 2, ""","sharding":{"strategy":"hash","numShards":4}""");
        var refused = await node.Http.Post($"/v1/databases/{database}/vectors/batch?atomic=true", Batch(20, first: 1), HttpStatusCode.BadRequest);
        Assert.Equal("atomic_cross_shard", (string)refused["code"]!);
        Assert.Empty((JsonArray)(await node.Http.Get($"/v1/databases/{database}/vectors"))["vectors"]!);
    }

    private static string Batch(int count, int first = 0) =>
        $$"""{"vectors":[{{string.Join(',', Enumerable.Range(first, count).Select(i => $$"""{"id":"v{{i}}","values":[{{i}},{{i}}]}"""))}}]}""";

    private static void FlipAByteInTheMiddle(IEnumerable<string> files)
    {
        var largest = files.MaxBy(path => new FileInfo(path).Length)!;
        var bytes = File.ReadAllBytes(largest);
        bytes[bytes.Length / 2] ^= 0x10;
        File.WriteAllBytes(largest, bytes);
    }
}
