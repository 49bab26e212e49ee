using JadeVector.Cli.Verifying;
using JadeVector.Engine;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Damage;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;
using JadeVector.Hosting.Storage;
using JadeVector.Tests.Engine.Shards;
using JadeVector.Tests.Support;
using Xunit;
using static JadeVector.Tests.Engine.Shards.ShardBench;

namespace JadeVector.Tests.Engine.Damage;

/// <summary>A blob that the store lists and answers for with an error each time, as one does that has lost its bytes.</summary>
public sealed class UnreadableBlobTests
{
    private static readonly ShardAddress Other = new("db_test", 1);

    /// <summary>One after the other: of the shard's own, of a state that is kept, of the control plane.</summary>
    [Fact]
    public async Task Any_blob_that_cannot_be_read_is_reported_and_does_not_hide_what_else_is_wrong()
    {
        await using var bench = await FillAsync();
        Assert.Empty((await StoreVerifier.VerifyAsync(bench.Context, default)).Findings);
        var damaged = DamageOther(bench);
        var kinds = new HashSet<string>();
        foreach (var blob in bench.Store.Names().Where(name => !name.StartsWith(Other.Prefix, StringComparison.Ordinal)))
        {
            LoseBytes(bench.Store, blob);
            var findings = (await StoreVerifier.VerifyAsync(bench.Context, default)).Findings.Where(f => f.Finding.IsDamage).Select(f => f.Finding).ToArray();
            Assert.Equal(new[] { blob, damaged }.Order(), findings.Select(f => f.Blob).Order());
            var finding = findings.Single(f => f.Blob == blob);
            Assert.Equal(FindingRepair.AskAgain, finding.Repair);
            Assert.Contains("the store does not give it", finding.What, StringComparison.Ordinal);
            kinds.Add(KindOf(blob));
        }

        Assert.Equal(["deletes", "log", "manifest", "requests", "rows", "state"], kinds.Order());
    }

    [Fact]
    public async Task Run_says_so_ends_with_the_code_of_findings_and_repairs_what_can_be()
    {
        await using var bench = await FillAsync();
        DamageOther(bench);
        var blob = bench.Store.Names(bench.Address.SegmentPrefix).First(n => n.EndsWith("/rows", StringComparison.Ordinal));
        LoseBytes(bench.Store, blob);
        var output = new StringWriter();
        Assert.Equal(1, await VerifyRun.VerifyAsync(bench.Context, repair: false, acceptLoss: false, output, default));
        Assert.Contains($"{blob}: the store does not give it", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("2 damaged", output.ToString(), StringComparison.Ordinal);

        output = new StringWriter();
        Assert.Equal(1, await VerifyRun.VerifyAsync(bench.Context, repair: true, acceptLoss: true, output, default));
        Assert.Contains("after the repair: 1 damaged", output.ToString(), StringComparison.Ordinal);
        bench.Store.OnBefore = null;
        Assert.Equal(0, await VerifyRun.VerifyAsync(bench.Context, repair: false, acceptLoss: false, TextWriter.Null, default));
    }

    /// <summary>The rows that a segment has lost are in a blob that the store does not give now: giving them up would be a loss without need.</summary>
    [Fact]
    public async Task Loss_is_not_accepted_while_copies_may_be_in_a_blob_that_cannot_be_read()
    {
        await using var bench = await CreateAsync(ConfigOf(64), clock: new ManualClock { JumpMax = TimeSpan.FromSeconds(20) });
        var shard = await bench.OpenAsync();
        await Write(shard, [.. Enumerable.Range(0, 40).Select(i => Put($"v{i}", [.. Enumerable.Repeat(i + 1f, 64)]))]);
        var log = Assert.Single(bench.Store.Names(bench.Address.LogPrefix), name => bench.Store.Peek(name).Length > 1000);
        await shard.PinAsync("kept", default);
        await shard.CheckpointAsync(default);
        await shard.DisposeAsync();
        var rows = Assert.Single(bench.Store.Names(bench.Address.SegmentPrefix), n => n.EndsWith("/rows", StringComparison.Ordinal));
        var content = bench.Store.Peek(rows);
        content.AsSpan(4096, 4096).Clear();
        bench.Store.Overwrite(rows, content);
        Assert.Equal(FindingRepair.Rebuild, Assert.Single(await ShardVerifier.VerifyAsync(bench.Context, bench.Address, default), f => f.IsDamage).Repair);

        LoseBytes(bench.Store, log);
        var finding = Assert.Single(await ShardVerifier.VerifyAsync(bench.Context, bench.Address, default), f => f.Blob == rows);
        Assert.Equal(FindingRepair.AskAgain, finding.Repair);
        Assert.NotEmpty(finding.AffectedIds);
        Assert.Contains(log, finding.What, StringComparison.Ordinal);
        var refused = await Assert.ThrowsAsync<RefusalException>(() => ShardRepair.RepairAsync(bench.Context, bench.Address, new ShardOptions(), acceptLoss: true, default));
        Assert.Equal(RefusalCodes.StorageUnavailable, refused.Code); // so whoever asked tries again

        bench.Store.OnBefore = null;
        await ShardRepair.RepairAsync(bench.Context, bench.Address, new ShardOptions(), acceptLoss: false, default);
        Assert.Equal(40, (await bench.OpenAsync()).Stats.VectorCount);
    }

    /// <summary>Two shards and a record; the first shard has blobs of every kind, and a state that needs some which it does not need itself.</summary>
    private static async Task<ShardBench> FillAsync()
    {
        var bench = await CreateAsync(clock: new ManualClock { JumpMax = TimeSpan.FromSeconds(20) });
        await ShardManifests.CreateAsync(bench.Context, Other, new ShardBirth(0, ulong.MaxValue, 1, bench.Config), default);
        await new BlobGrainStorage(bench.Store).WriteStateAsync("settings", GrainId.Create("database", "db_test"), new GrainState<string> { State = "a record" });
        foreach (var address in new[] { bench.Address, Other })
        {
            await using var shard = await Shard.OpenAsync(bench.Context, address, new ShardOptions(), default);
            await Write(shard, [.. Enumerable.Range(0, 8).Select(i => Put($"v{i}", [i, 0]))]);
            await shard.CheckpointAsync(default);
            await Write(shard, Delete("v0"));
            await shard.CheckpointAsync(default);
            if (address == Other)
                continue;
            await Write(shard, Put("late", [9, 9]));
            await shard.PinAsync("kept", default);
            await shard.CompactAsync(default);
            await Write(shard, Delete("v5"));
            await shard.CheckpointAsync(default);
            await Write(shard, Put("tail", [3, 3]));
        }

        return bench;
    }

    /// <summary>Something that a repair can mend without loss.</summary>
    private static string DamageOther(ShardBench bench)
    {
        var rows = Assert.Single(bench.Store.Names(Other.SegmentPrefix), n => n.EndsWith("/rows", StringComparison.Ordinal));
        bench.Store.FlipBit(rows, bench.Store.Peek(rows).Length - 20); // in the second header, which nothing depends on
        return rows;
    }

    private static void LoseBytes(SimulatedBlobStore store, string blob) => store.OnBefore = (operation, name) =>
        name == blob && operation is (BlobOperation.Get or BlobOperation.Read or BlobOperation.OpenLocal)
            ? throw new BlobStoreException($"500: {operation} of '{name}'")
            : Task.CompletedTask;

    private static string KindOf(string blob) =>
        blob.EndsWith(".json", StringComparison.Ordinal) ? "state"
        : blob.Contains("/log/", StringComparison.Ordinal) ? "log"
        : blob.Contains("/deletes-", StringComparison.Ordinal) ? "deletes"
        : blob.Contains("/requests/", StringComparison.Ordinal) ? "requests"
        : blob[(blob.LastIndexOf('/') + 1)..];
}
