using JadeVector.Cli;
using JadeVector.Cli.Verifying;
using JadeVector.Engine.Blobs.Files;
using JadeVector.Engine.Blobs.Local;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;
using JadeVector.Tests.Engine.Shards;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Cli.Verifying;

public sealed class VerifyRunTests
{
    [Fact]
    public async Task Store_on_disk_is_verified_and_a_damaged_segment_repaired()
    {
        using var directory = new TemporaryDirectory();
        await FillAsync(directory.Path);
        var output = new StringWriter();
        Assert.Equal(0, await VerifyRun.RunAsync("local", directory.Path, false, false, output, default));
        Assert.Contains("1 shards, ", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("all as it was written", output.ToString(), StringComparison.Ordinal);

        var rows = Assert.Single(Directory.GetFiles(directory.Path, "rows", SearchOption.AllDirectories));
        var bytes = await File.ReadAllBytesAsync(rows);
        bytes[^20] ^= 1; // in the second header, which nothing depends on
        await File.WriteAllBytesAsync(rows, bytes);
        output = new StringWriter();
        Assert.Equal(1, await VerifyRun.RunAsync("local", directory.Path, false, false, output, default));
        Assert.Contains("nothing is lost", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await VerifyRun.RunAsync("local", directory.Path, true, false, output, default));
        Assert.EndsWith("all as it was written", output.ToString().TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bad_arguments_are_named()
    {
        await Assert.ThrowsAsync<CliException>(() => VerifyRun.RunAsync("nonsense", ".", false, false, TextWriter.Null, default));
        await Assert.ThrowsAsync<CliException>(() => VerifyRun.RunAsync("local", "/nowhere/at/all", false, false, TextWriter.Null, default));
    }

    private static async Task FillAsync(string directory)
    {
        var (work, ids) = (new PoolWork(), new CryptographicIds());
        await using var store = await LocalBlobStore.OpenAsync(directory, new DiskFileSystem(), work, ids, default);
        var context = new EngineContext(store, TimeProvider.System, work, ids);
        var address = new ShardAddress("db_verify", 0);
        await ShardManifests.CreateAsync(context, address, new ShardBirth(0, ulong.MaxValue, 1, ShardBench.ConfigOf()), default);
        await using var shard = await Shard.OpenAsync(context, address, new ShardOptions(), default);
        await ShardBench.Write(shard, ShardBench.Put("a", [1, 0]), ShardBench.Put("b", [2, 0]));
        await shard.CheckpointAsync(default);
    }
}
