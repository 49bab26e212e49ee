using JadeVector.Engine.Blobs;
using JadeVector.Engine.Damage;
using JadeVector.Engine.Determinism;
using JadeVector.Hosting.Storage;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Engine.Damage;

/// <summary>Records of the control plane. That a node starts and serves its other databases, EndToEnd/DamagedDatabaseTests shows.</summary>
internal static class DamagedGrainStates
{
    public static async Task RunAsync(DamageTable table)
    {
        using var store = new SimulatedBlobStore();
        var context = new EngineContext(store, new ManualClock(), new InlineWorkScheduler(), new SeededIdSource(1));
        var storage = new BlobGrainStorage(store);
        var (grain, other) = (GrainId.Create("database", "db_a"), GrainId.Create("database", "db_b"));
        await storage.WriteStateAsync("settings", grain, new GrainState<Record> { State = new Record { Text = "äöü", Number = 3 } });
        await storage.WriteStateAsync("settings", other, new GrainState<Record> { State = new Record { Text = "other" } });
        const string Blob = "settings-database/db_a.json";
        var length = store.Peek(Blob).Length;
        for (var offset = 0; offset < length; offset++)
        {
            var place = new DamagedPlace("grain state", offset switch { < 25 => "header", < 33 => "checksum", < 43 => "header", _ when offset < length - 1 => "payload", _ => "end" }, Blob, offset);
            store.FlipBit(Blob, offset, place.Bit);
            var (shard, finding) = Assert.Single((await StoreVerifier.VerifyAsync(context, default)).Findings);
            Assert.True(shard is null && finding.Blob == Blob && finding.Repair == FindingRepair.None, $"not found: {place}");
            await Assert.ThrowsAsync<BlobDamagedException>(() => storage.ReadStateAsync("settings", grain, new GrainState<Record>()));
            var read = new GrainState<Record>();
            await storage.ReadStateAsync("settings", other, read);
            Assert.Equal("other", read.State!.Text);
            store.FlipBit(Blob, offset, place.Bit);
            table.Add(place, "from a snapshot or export", "refused");
        }
    }

    private sealed class Record
    {
        public string? Text { get; set; }

        public int Number { get; set; }
    }
}
