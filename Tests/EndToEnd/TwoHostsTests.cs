using JadeVector.Grains.Interfaces;
using JadeVector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace JadeVector.Tests.EndToEnd;

/// <summary>Two hosts that each believe to own a shard, over one store: storage decides, not belief.</summary>
public sealed class TwoHostsTests(AzuriteFixture azurite)
{
    [Fact]
    public async Task Of_two_writers_over_one_azure_container_the_stale_one_is_fenced()
    {
        using var first = new TemporaryDirectory();
        using var second = new TemporaryDirectory();
        var container = await azurite.NewContainerAsync();
        (string, string)[] storage = [("Storage:ConnectionString", container.ConnectionString!), ("Storage:Container", container.Container)];
        await using var a = await Node.StartAsync(first.Path, storage);
        await using var b = await Node.StartAsync(second.Path, storage);
        await TheStaleOneIsFenced(a, b);
    }

    [Fact]
    public async Task Of_two_writers_over_one_store_in_memory_the_stale_one_is_fenced()
    {
        var blobs = new SimulatedBlobStore();
        await using var a = await Node.StartAsync(blobs);
        await using var b = await Node.StartAsync(blobs);
        await TheStaleOneIsFenced(a, b);
    }

    private static async Task TheStaleOneIsFenced(Node a, Node b)
    {
        await TheStaleOneIsFenced(a, b, "writes", async stale => await stale.Write(Upsert("lost")));
        await TheStaleOneIsFenced(a, b, "reads", async stale => await stale.Get(["third"], Read(Consistency.Strong)));
    }

    /// <param name="next">What the host that was overtaken tries first.</param>
    private static async Task TheStaleOneIsFenced(Node a, Node b, string name, Func<IShardGrain, Task> next)
    {
        var database = await a.Http.CreateDatabase(name, 2, ""","metric":"euclidean" """);
        var (ours, theirs) = (Shard(a, database), Shard(b, database));
        Assert.Equal(WriteStatus.Created, (await ours.Write(Upsert("first"))).Items[0].Status);
        Assert.Equal("first", (await theirs.Get(["first"], Read(Consistency.Strong)))[0]!.Id); // reading fences nobody
        Assert.Equal(WriteStatus.Created, (await ours.Write(Upsert("second"))).Items[0].Status);

        // The other host's copy is behind; its first write takes over, with what it had not seen.
        Assert.Equal(WriteStatus.Created, (await TakeOver(theirs, Upsert("third"))).Items[0].Status);
        Assert.Equal("fenced", (await Assert.ThrowsAsync<JadeException>(() => next(ours))).Code);
        var read = await theirs.Get(["first", "second", "third", "lost"], Read(Consistency.Strong));
        Assert.Equal(["first", "second", "third", null], read.Select(record => record?.Id));
    }

    /// <summary>A host whose copy is older than a checkpoint or a frame says so once and opens anew.</summary>
    private static async Task<ShardWriteReply> TakeOver(IShardGrain shard, ShardWrite write)
    {
        try
        {
            return await shard.Write(write);
        }
        catch (JadeException refusal) when (refusal.Code == "fenced")
        {
            return await shard.Write(write);
        }
    }

    private static IShardGrain Shard(Node node, string database) => node.Services.GetRequiredService<IGrainFactory>().GetGrain<IShardGrain>($"{database}/0");

    private static ShardWrite Upsert(string id) => new()
    {
        MapVersion = 1,
        RequestId = id,
        Items = [new VectorWrite { Kind = WriteKind.Upsert, Id = id, Values = new byte[8] }],
        Deadline = DateTimeOffset.MaxValue,
    };

    private static ShardRead Read(Consistency consistency) => new() { MapVersion = 1, Consistency = consistency, Deadline = DateTimeOffset.MaxValue };
}
