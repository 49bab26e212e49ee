using System.Net;
using JadeVector.Engine.Damage;
using JadeVector.Engine.Determinism;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.EndToEnd;

/// <summary>A node starts and serves whatever is whole, on a store that keeps no checksums of its own.</summary>
public sealed class DamagedDatabaseTests
{
    [Theory]
    [InlineData("settings-database/{0}.json")]
    [InlineData("databases/{0}/shards/0/manifest")]
    [InlineData("databases/{0}/shards/0/log/")]
    public async Task Node_starts_and_serves_the_others_when_a_blob_of_one_database_is_damaged(string blob)
    {
        using var store = new SimulatedBlobStore();
        string broken, whole;
        await using (var node = await Node.StartAsync(store))
        {
            broken = await Create(node, "broken");
            whole = await Create(node, "whole");
        }

        var name = store.Names().First(name => name.StartsWith(string.Format(null, blob, broken), StringComparison.Ordinal) && store.Peek(name).Length > 64);
        var last = store.Peek(name).Length - 12;
        store.FlipBit(name, last);
        var context = new EngineContext(store, new ManualClock(), new InlineWorkScheduler(), new SeededIdSource(1));
        Assert.Equal(name, Assert.Single((await StoreVerifier.VerifyAsync(context, default)).Findings, found => found.Finding.IsDamage).Finding.Blob);

        await using (var node = await Node.StartAsync(store))
        {
            var refused = await node.Http.Post($"/v1/databases/{broken}/search", """{"queryVector":[1,1,1]}""", HttpStatusCode.ServiceUnavailable);
            Assert.Equal("shard_damaged", (string)refused["code"]!);
            await node.Http.Post($"/v1/databases/{broken}/vectors", """{"id":"b","values":[1,2,3]}""", HttpStatusCode.ServiceUnavailable);
            Assert.Equal(["a"], (await node.Http.Post($"/v1/databases/{whole}/search", """{"queryVector":[1,1,1]}""")).Ids());
            await Create(node, "another");
            var list = await node.Http.Get("/v1/databases");
            var (described, unavailable) = (list["databases"]!.AsArray(), list["unavailable"]?.AsArray() ?? []);
            Assert.Equal((3, 3), ((int)list["total"]!, described.Count + unavailable.Count));
            if (blob.StartsWith("settings", StringComparison.Ordinal))
                Assert.Equal((broken, "shard_damaged"), ((string)unavailable[0]!["databaseId"]!, (string)unavailable[0]!["code"]!));
        }
    }

    private static async Task<string> Create(Node node, string name)
    {
        var database = await node.Http.CreateDatabase(name, 3, ""","metric":"euclidean" """);
        await node.Http.Post($"/v1/databases/{database}/vectors", """{"id":"a","values":[1,2,3]}""", HttpStatusCode.Created);
        return database;
    }
}
