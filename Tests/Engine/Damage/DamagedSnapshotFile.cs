using JadeVector.Engine.Determinism;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;
using JadeVector.Engine.Snapshots;
using JadeVector.Tests.Support;
using Xunit;
using static JadeVector.Tests.Engine.Shards.ShardBench;

namespace JadeVector.Tests.Engine.Damage;

/// <summary>A snapshot that was exported as a file.</summary>
internal static class DamagedSnapshotFile
{
    private const int HeaderBytes = 16, RecordHeaderBytes = 12;

    public static async Task RunAsync(DamageTable table)
    {
        var file = await ExportAsync();
        await ImportAsync(file);
        for (var offset = 0; offset < file.Length; offset++)
        {
            var place = new DamagedPlace("exported snapshot", ClassOf(file, offset), "file", offset);
            file[offset] ^= (byte)(1 << place.Bit);
            await Assert.ThrowsAsync<InvalidDataException>(() => ImportAsync(file));
            file[offset] ^= (byte)(1 << place.Bit);
            table.Add(place, "export again", "refused");
        }
    }

    private static async Task<byte[]> ExportAsync()
    {
        await using var bench = await CreateAsync(ConfigOf(2, index: ShardIndexKind.Flat));
        var shard = await bench.OpenAsync();
        await Write(shard, Put("a", [1, 2]));
        await shard.PinAsync("kept", default);
        using var file = new MemoryStream();
        var writer = new SnapshotFileWriter(bench.Context, file);
        await writer.BeginAsync("{}"u8.ToArray(), default);
        await writer.WriteShardAsync(bench.Address, "kept", default);
        await writer.EndAsync(default);
        return file.ToArray();
    }

    private static async Task ImportAsync(byte[] file)
    {
        using var store = new SimulatedBlobStore();
        var context = new EngineContext(store, new ManualClock(), new InlineWorkScheduler(), new SeededIdSource(2));
        await ShardManifests.CreateAsync(context, new ShardAddress("db_new", 0), new ShardBirth(0, ulong.MaxValue, 1, ConfigOf(2, index: ShardIndexKind.Flat)), default);
        var reader = new SnapshotFileReader(context, new MemoryStream(file));
        await reader.BeginAsync(default);
        while (await reader.RestoreShardAsync("db_new", default))
        {
            // The next shard, until the end of the file has been checked.
        }
    }

    private static string ClassOf(byte[] file, int offset)
    {
        if (offset < HeaderBytes)
            return "header";
        var start = HeaderBytes;
        while (BitConverter.ToInt32(file, start + 4) is var length && offset >= start + RecordHeaderBytes + length)
            start += RecordHeaderBytes + length;
        return (offset - start) switch { < 4 => "record kind", < 8 => "record length", < 12 => "checksum", _ => "payload" };
    }
}
