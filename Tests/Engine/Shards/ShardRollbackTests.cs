using JadeVector.Engine;
using JadeVector.Engine.Damage;
using JadeVector.Engine.Shards;
using Xunit;
using static JadeVector.Tests.Engine.Shards.ShardBench;

namespace JadeVector.Tests.Engine.Shards;

/// <summary>What the users of a shard see when its store has gone back behind what it had acknowledged.</summary>
public sealed class ShardRollbackTests
{
    [Fact]
    public async Task Everything_is_refused_until_the_loss_is_accepted()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        await Write(shard, Put("a", [1, 0]));
        var before = bench.Store.Remember();
        await Write(shard, Put("a", [2, 0]), Put("b", [3, 0]));
        bench.Store.RollBack(before);

        Assert.Equal(RefusalCodes.StoreRolledBack, await RefusedAsync(() => shard.EnsureReadableAsync(ReadGuarantee.Strong, 0, DateTimeOffset.MaxValue, default)));
        Assert.True(shard.MustReopen);
        Assert.Equal(RefusalCodes.StoreRolledBack, await RefusedAsync(() => Write(shard, Put("c", [4, 0]))));
        Assert.Equal(RefusalCodes.StoreRolledBack, await RefusedAsync(() => shard.EnsureReadableAsync(ReadGuarantee.Eventual, 0, DateTimeOffset.MaxValue, default)));
        Assert.Equal(RefusalCodes.StoreRolledBack, await RefusedAsync(() => ShardRepair.OpenAsync(bench.Context, bench.Address, new ShardOptions(), default)));
        Assert.Empty(await ShardRepair.RepairAsync(bench.Context, bench.Address, new ShardOptions(), acceptLoss: false, default));

        var finding = Assert.Single(await ShardRepair.RepairAsync(bench.Context, bench.Address, new ShardOptions(), acceptLoss: true, default));
        Assert.Equal(FindingRepair.AcceptRollback, finding.Repair);
        var again = await bench.OpenAsync();
        Assert.Equal(Bytes(1, 0), Get(again, "a")!.Values);
        Assert.Null(Get(again, "b"));
        await Write(again, Put("c", [4, 0]));
        Assert.DoesNotContain(await ShardVerifier.VerifyAsync(bench.Context, bench.Address, default), f => f.IsDamage);
    }

    [Fact]
    public async Task Write_is_what_notices_it_when_nobody_reads()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        await Write(shard, Put("a", [1, 0]));
        var before = bench.Store.Remember();
        await Write(shard, Put("b", [3, 0]));
        bench.Store.RollBack(before);

        Assert.Equal(RefusalCodes.StoreRolledBack, await RefusedAsync(() => Write(shard, Put("c", [4, 0]))));
        Assert.True(shard.MustReopen);
    }

    [Fact]
    public async Task Checkpoint_that_is_gone_is_noticed_by_the_next_one()
    {
        await using var bench = await CreateAsync();
        var shard = await bench.OpenAsync();
        await Write(shard, Put("a", [1, 0]));
        var before = bench.Store.Remember();
        await shard.CheckpointAsync(default);
        bench.Store.RollBack(before);

        Assert.Equal(RefusalCodes.StoreRolledBack, await RefusedAsync(() => shard.EnsureReadableAsync(ReadGuarantee.Strong, 0, DateTimeOffset.MaxValue, default)));
        Assert.Equal(RefusalCodes.StoreRolledBack, await RefusedAsync(() => ShardRepair.OpenAsync(bench.Context, bench.Address, new ShardOptions(), default)));
    }

    private static async Task<string> RefusedAsync(Func<Task> action) => (await Assert.ThrowsAsync<RefusalException>(action)).Code;
}
