using System.Net;
using JadeVector.Client;
using JadeVector.Engine.Shards;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.EndToEnd;

public sealed class EmptyDatabaseTests
{
    [Fact]
    public async Task Empty_database_has_one_blob_and_answers_like_any_other()
    {
        using var folder = new TemporaryDirectory();
        string database;
        await using (var node = await Node.StartAsync(folder.Path))
        {
            database = await node.Http.CreateDatabase("empty", 3, ""","metric":"euclidean","sharding":{"strategy":"hash","numShards":4}""");
            Assert.Single(Blobs(folder), blob => blob.Contains(database, StringComparison.Ordinal));
            Assert.Empty((await node.Http.Post($"/v1/databases/{database}/search", """{"queryVector":[1,1,1]}""")).Ids());
            Assert.Empty((await node.Http.Get($"/v1/databases/{database}/vectors?consistency=strong"))["vectors"]!.AsArray());
            Assert.Equal("healthy", (string)(await node.Http.Get($"/v1/databases/{database}/status"))["status"]!);
            Assert.Single(Blobs(folder), blob => blob.Contains(database, StringComparison.Ordinal));
        }

        await using (var node = await Node.StartAsync(folder.Path))
        {
            await node.Http.Post($"/v1/databases/{database}/vectors", """{"id":"a","values":[1,2,3]}""", HttpStatusCode.Created);
            Assert.Equal(["a"], (await node.Http.Post($"/v1/databases/{database}/search", """{"queryVector":[1,1,1]}""")).Ids());
            await node.Http.Delete($"/v1/databases/{database}");
            await node.Http.Post($"/v1/databases/{database}/search", """{"queryVector":[1,1,1]}""", HttpStatusCode.NotFound);
            Assert.DoesNotContain(Blobs(folder), blob => blob.Contains(database, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Lost_manifest_is_damage_and_not_an_empty_shard()
    {
        using var folder = new TemporaryDirectory();
        string database;
        await using (var node = await Node.StartAsync(folder.Path))
        {
            database = await node.Http.CreateDatabase("lost", 3, ""","metric":"euclidean" """);
            await node.Http.Post($"/v1/databases/{database}/vectors", """{"id":"a","values":[1,2,3]}""", HttpStatusCode.Created);
        }

        File.Delete(Path.Combine(folder.Path, "databases", database, "shards", "0", "manifest"));
        await using (var node = await Node.StartAsync(folder.Path))
        {
            var problem = await node.Http.Post($"/v1/databases/{database}/search", """{"queryVector":[1,1,1]}""", HttpStatusCode.ServiceUnavailable);
            Assert.Equal("shard_damaged", (string)problem["code"]!);
            await node.Http.CreateDatabase("another", 3);
        }
    }

    /// <summary>The shard asks its database to make it while the database, which has just done so, waits for the shard.</summary>
    [Fact]
    public async Task First_write_and_first_snapshot_do_not_wait_for_each_other()
    {
        using var store = new SimulatedBlobStore();
        await using var node = await Node.StartAsync(store);
        using var client = new JadeClient(new JadeClientOptions { BaseAddress = node.Http.BaseAddress! }, node.Http);
        var database = await node.Http.CreateDatabase("both", 3, ""","metric":"euclidean","sharding":{"strategy":"hash","numShards":1}""");
        Assert.Empty((await node.Http.Post($"/v1/databases/{database}/search?consistency=strong", """{"queryVector":[1,1,1]}""")).Ids());
        var manifest = new ShardAddress(database, 0).ManifestBlob;
        var seen = store.HoldAnswer(BlobOperation.Get, manifest); // there is none yet
        var writing = node.Http.Post($"/v1/databases/{database}/vectors", """{"id":"a","values":[1,2,3]}""", HttpStatusCode.Created);
        await seen.Entered;
        var keeping = client.CreateSnapshotAsync(database, "first");
        while (!store.Names(new ShardAddress(database, 0).Prefix).Contains(manifest)) await Task.Yield();
        seen.Release();

        await writing;
        Assert.Equal(database, (await keeping).DatabaseId);
    }

    private static string[] Blobs(TemporaryDirectory folder) =>
        [.. Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories).Where(file => !file.Contains("/~temp/", StringComparison.Ordinal) && !file.EndsWith("store.lock", StringComparison.Ordinal))];
}
