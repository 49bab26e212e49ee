using JadeVector.Engine.Blobs;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Quantization;
using Xunit;

namespace JadeVector.Tests.Engine.Manifests;

/// <summary>Manifests that older releases wrote stay readable: these are their bytes (docs/formats/manifest.md shows the same).</summary>
public sealed class ManifestFormatTests
{
    private const string Blob = "databases/db_golden/shards/2/manifest";

    private const string GoldenManifest =
        "4a564d4603000100e6010000ab632d11090064625f676f6c64656e020000000005000000000000008877665544332211090000000000000000ffeeddccbb"
        + "aa990000000000000040ffffffffffffff7f030000000000000080010000020110000000c800000040000000012200352d30313233343536373839616263"
        + "646566303132333435363738396162636465662900000000000000010000002200342d666564636261393837363534333231306665646362613938373635"
        + "3433323130e8030000000000001f000000000000002800000000000000020000000300332d61010000000000000014000000000000001200000000000000"
        + "00000b0064625f6f726967696e2f320300342d6215000000000000001e000000000000000a0000000000000016007365676d656e74732f342d622f64656c"
        + "657465732d3100000c0072657175657374732f342d631e000000000000000068e5cf8b0100000100000002007331e86be5cf8b010000010000000300332d"
        + "6101000000000000001400000000000000120000000000000000000b0064625f6f726967696e2f320000140000000000000000806e877401000001000000"
        + "2200332d3030313132323333343435353636373738383939616162626363646465656666f401000000000000150000000000000019000000000000001900"
        + "000000000000";

    private static readonly ShardManifest Golden = new()
    {
        DatabaseId = "db_golden",
        Shard = 2,
        State = ShardState.Active,
        Epoch = 5,
        OwnerNonce = 0x1122334455667788,
        EditCounter = 9,
        EditNonce = 0x99aabbccddeeff00,
        FirstHash = 0x4000000000000000,
        LastHash = 0x7fffffffffffffff,
        MapVersion = 3,
        Config = new ShardConfig(384, Metric.Dot, ShardIndexKind.Flat, 16, 200, 64, VectorCodes.Int8),
        LiveLog = "5-0123456789abcdef0123456789abcdef",
        LiveFirstSequence = 41,
        SealedLogs = [new SealedLog("4-fedcba9876543210fedcba9876543210", 1000, 31, 40)],
        Segments = [new SegmentEntry("3-a", 1, 20, 18, null, "db_origin/2"), new SegmentEntry("4-b", 21, 30, 10, "segments/4-b/deletes-1")],
        RequestsBlob = "requests/4-c",
        CoveredSequence = 30,
        CoveredAtMs = 1_700_000_000_000,
        Pins =
        [
            new ShardPin(
                "s1", 1_700_000_001_000, [new SegmentEntry("3-a", 1, 20, 18, null, "db_origin/2")], null, 20, 1_600_000_000_000,
                [new SealedLog("3-00112233445566778899aabbccddeeff", 500, 21, 25)], 25),
        ],
    };

    [Fact]
    public void Version_3_is_written_as_it_is_documented() => Assert.Equal(GoldenManifest, Convert.ToHexStringLower(ManifestFormat.Write(Golden, Blob)));

    [Fact]
    public void Version_3_is_read_as_it_is_documented()
    {
        var read = ManifestFormat.Read(Convert.FromHexString(GoldenManifest), Blob);
        Assert.Equal(Golden.SealedLogs, read.SealedLogs);
        Assert.Equal(Golden.Segments, read.Segments);
        var (pinned, pin) = (Assert.Single(Golden.Pins), Assert.Single(read.Pins));
        Assert.Equal(pinned.Segments, pin.Segments);
        Assert.Equal(pinned.Logs, pin.Logs);
        Assert.Equal(pinned, pin with { Segments = pinned.Segments, Logs = pinned.Logs });
        Assert.Equal(Golden, read with { SealedLogs = Golden.SealedLogs, Segments = Golden.Segments, Pins = Golden.Pins });
    }

    [Fact]
    public void Any_flipped_bit_is_damage()
    {
        var bytes = ManifestFormat.Write(Golden, Blob);
        for (var offset = 0; offset < bytes.Length; offset++)
        {
            bytes[offset] ^= (byte)(1 << (offset % 8));
            Assert.Equal(Blob, Assert.Throws<BlobDamagedException>(() => ManifestFormat.Read(bytes, Blob)).Blob);
            bytes[offset] ^= (byte)(1 << (offset % 8));
        }

        Assert.Equal(Golden.EditNonce, ManifestFormat.Read(bytes, Blob).EditNonce);
    }

    [Fact]
    public void Any_cut_or_addition_is_damage()
    {
        var bytes = ManifestFormat.Write(Golden, Blob);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<BlobDamagedException>(() => ManifestFormat.Read(bytes.AsSpan(0, length), Blob));
        }

        Assert.Throws<BlobDamagedException>(() => ManifestFormat.Read([.. bytes, 0], Blob));
    }

    [Fact]
    public void Manifest_under_another_name_is_damage() =>
        Assert.Throws<BlobDamagedException>(() => ManifestFormat.Read(ManifestFormat.Write(Golden, Blob), "databases/db_golden/shards/3/manifest"));

    [Fact]
    public void Newer_version_is_named()
    {
        var bytes = ManifestFormat.Write(Golden, Blob);
        bytes[4] = 4;
        Assert.Contains("format version 4", Assert.Throws<BlobDamagedException>(() => ManifestFormat.Read(bytes, Blob)).What, StringComparison.Ordinal);
    }
}
