using JadeVector.Grains.Interfaces;
using JadeVector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace JadeVector.Tests.EndToEnd;

/// <summary>A read copy on another node than the owner's, over one store.</summary>
public sealed class ReplicaTests
{
    [Fact]
    public async Task Copy_follows_the_owner_and_answers_after_its_node_has_gone()
    {
        var blobs = new SimulatedBlobStore();
        await using var second = await Node.StartAsync(blobs);
        string database;
        await using (var first = await Node.StartAsync(blobs))
        {
            database = await first.Http.CreateDatabase("copied", 2, ""","metric":"euclidean","replication":{"factor":2}""");
            var owner = Grain<IShardGrain>(first, $"{database}/0");
            await owner.Write(Upsert("a"));
            Assert.Equal(["a"], await Ids(second, database, Consistency.Strong));
            await owner.Write(Upsert("b"));
            Assert.Equal(["a", "b"], await Ids(second, database, Consistency.Strong));
            var status = await Replica(second, database).GetStatus();
            Assert.Equal((1, ReplicaState.Active, 2ul, 1ul, 2L), (status.Replica, status.State, status.Sequence, status.Epoch, status.VectorCount));
        }

        foreach (var consistency in Enum.GetValues<Consistency>())
            Assert.Equal(["a", "b"], await Ids(second, database, consistency));
        var found = await Replica(second, database).Search(new ShardSearch
        {
            Query = new SearchQuery { Query = new byte[8], TopK = 10, Read = new ReadOptions() },
            Read = Read(Consistency.Bounded),
        });
        Assert.Equal((2, 1), (found.Hits.Count, found.Explain.Replica));
        Assert.NotEmpty(found.Explain.Node);
    }

    [Fact]
    public async Task Copy_of_a_deleted_shard_is_gone()
    {
        var blobs = new SimulatedBlobStore();
        await using var first = await Node.StartAsync(blobs);
        await using var second = await Node.StartAsync(blobs);
        var database = await first.Http.CreateDatabase("doomed", 2, ""","metric":"euclidean" """);
        await Grain<IShardGrain>(first, $"{database}/0").Write(Upsert("a"));
        Assert.Equal(["a"], await Ids(second, database, Consistency.Strong));
        await Grain<IShardGrain>(first, $"{database}/0").Delete();
        Assert.Equal("gone", (await Assert.ThrowsAsync<JadeException>(() => Ids(second, database, Consistency.Strong))).Code);
    }

    private static async Task<string[]> Ids(Node node, string database, Consistency consistency)
    {
        var page = await Replica(node, database).List(null, 0, 10, Read(consistency));
        return [.. page.Vectors.Select(vector => vector.Id)];
    }

    private static IShardReplicaGrain Replica(Node node, string database) => Grain<IShardReplicaGrain>(node, $"{database}/0/1");

    private static TGrain Grain<TGrain>(Node node, string key)
        where TGrain : IGrainWithStringKey => node.Services.GetRequiredService<IGrainFactory>().GetGrain<TGrain>(key);

    private static ShardRead Read(Consistency consistency) => new() { MapVersion = 1, Consistency = consistency, Deadline = DateTimeOffset.MaxValue };

    private static ShardWrite Upsert(string id) => new()
    {
        MapVersion = 1,
        RequestId = id,
        Items = [new VectorWrite { Kind = WriteKind.Upsert, Id = id, Values = new byte[8] }],
        Deadline = DateTimeOffset.MaxValue,
    };
}
