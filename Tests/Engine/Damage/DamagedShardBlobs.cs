using JadeVector.Engine;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Damage;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Logs;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Segments;
using JadeVector.Engine.Shards;
using JadeVector.Tests.Engine.Shards;
using Xunit;
using static JadeVector.Tests.Engine.Shards.ShardBench;

namespace JadeVector.Tests.Engine.Damage;

/// <summary>Everything that a shard stores: what it serves from, and what only a snapshot still needs.</summary>
internal static class DamagedShardBlobs
{
    private const int Dimension = 64, Rows = 700;
    private static readonly ShardAddress Other = new("db_other", 0);

    /// <summary>Of a shard with a graph all blobs; of one with cells or hash tables its segments, which alone are different.</summary>
    public static async Task RunAsync(DamageTable table)
    {
        await RunAsync(table, ConfigOf(Dimension, Metric.Cosine), places => places);
        await RunAsync(table, ShardConfig.ForCells(Dimension, Metric.Cosine, lists: 0, codeComponents: 2, probes: 4), places => SegmentsOf(places, "segment with cells"));
        await RunAsync(table, ShardConfig.ForTables(Dimension, Metric.Cosine, tables: 4, functions: 6, probes: 4), places => SegmentsOf(places, "segment with hash tables"));
    }

    private static IEnumerable<DamagedPlace> SegmentsOf(IEnumerable<DamagedPlace> places, string kind) =>
        places.Where(place => place.Kind == "segment").Select(place => place with { Kind = kind });

    private static async Task RunAsync(DamageTable table, ShardConfig config, Func<IEnumerable<DamagedPlace>, IEnumerable<DamagedPlace>> choose)
    {
        await using var bench = await CreateAsync(config);
        await ShardManifests.CreateAsync(bench.Context, Other, new ShardBirth(0, ulong.MaxValue, 1, bench.Config), default);
        await using (var other = await Shard.OpenAsync(bench.Context, Other, new ShardOptions(), default))
            await Write(other, Put("other", Vector(1)));
        var expected = await FillAsync(bench);
        var places = choose(Places(bench)).ToArray();
        Assert.Empty(await ShardVerifier.VerifyAsync(bench.Context, bench.Address, default));
        foreach (var place in places)
        {
            bench.Store.FlipBit(place.Blob, place.Offset, place.Bit);
            var finding = (await ShardVerifier.VerifyAsync(bench.Context, bench.Address, default)).FirstOrDefault(f => f.Blob == place.Blob && f.IsDamage);
            Assert.True(finding is not null, $"not found: {place}");
            table.Add(place, Describe(finding.Repair), await AnswerAsync(bench, expected, place));
            await using (var other = await Shard.OpenAsync(bench.Context, Other, new ShardOptions(), default))
                Assert.NotNull(Get(other, "other"));
            bench.Store.FlipBit(place.Blob, place.Offset, place.Bit);
        }

        Assert.Empty(await ShardVerifier.VerifyAsync(bench.Context, bench.Address, default));
        Assert.Equal("right", await AnswerAsync(bench, expected, places[0]));
    }

    /// <summary>Whatever is served is right; what cannot be is refused as damage.</summary>
    private static async Task<string> AnswerAsync(ShardBench bench, Dictionary<string, byte[]> expected, DamagedPlace place)
    {
        try
        {
            await using var shard = await Shard.OpenAsync(bench.Context, bench.Address, new ShardOptions(), default);
            foreach (var (id, values) in expected)
                Assert.True(Get(shard, id)?.Values?.AsSpan().SequenceEqual(values), $"{id} is wrong: {place}");
            Assert.Equal(expected.Count, shard.List(null, 0, 10_000, true, true).Rows.Count);
            var hits = Search(shard, Vector(5), expected.Count, exact: true);
            Assert.True(hits.Count == expected.Count && hits[0].Vector.IdText == "v5", $"a wrong search: {place}");
            return "right";
        }
        catch (Exception refused) when (refused is BlobDamagedException or RefusalException { Code: RefusalCodes.ShardDamaged })
        {
            return "refused";
        }
    }

    private static string Describe(FindingRepair repair) => repair switch
    {
        FindingRepair.Rebuild => "rebuilt, nothing lost",
        FindingRepair.RebuildWithLoss => "rebuilt, lost ids listed",
        FindingRepair.ForgetRequests => "request ids forgotten",
        FindingRepair.None => "from a snapshot or export",
        _ => throw new ArgumentOutOfRangeException(nameof(repair), repair, "Garbage is no damage."),
    };

    /// <summary>Two segments with deletes, remembered requests and a log; a snapshot that keeps a segment and a log which the shard has replaced since.</summary>
    private static async Task<Dictionary<string, byte[]>> FillAsync(ShardBench bench)
    {
        var shard = await bench.OpenAsync();
        await Write(shard, Put("v0", Vector(0)), Put("v9", Vector(9)));
        await shard.CheckpointAsync(default);
        await Write(shard, Put("v0", Vector(1)));
        await shard.PinAsync("kept", default);
        await Write(shard, Delete("v9"));
        await shard.CompactAsync(default);
        for (var i = 0; i < Rows; i += 100)
            await Write(shard, [.. Enumerable.Range(i, 100).Select(j => Put($"v{j}", Vector(j), $$"""{"j":{{j}}}""", $"text {j}"))]);
        await shard.CheckpointAsync(default);
        await Write(shard, Delete("v0"), Delete("v9"));
        await shard.CheckpointAsync(default);
        await Write(shard, Put("late", Vector(9999)));
        await shard.DisposeAsync();
        var ids = Enumerable.Range(0, Rows).Where(j => j is not (0 or 9));
        return ids.ToDictionary(j => $"v{j}", j => Bytes(Vector(j))).Append(new("late", Bytes(Vector(9999)))).ToDictionary();
    }

    private static float[] Vector(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Dimension).Select(_ => (float)random.NextDouble() - 0.5f)];
    }

    private static IEnumerable<DamagedPlace> Places(ShardBench bench)
    {
        var manifest = ManifestFormat.Read(bench.Store.Peek(bench.Address.ManifestBlob), bench.Address.ManifestBlob);
        var served = ShardBlobs.NamedBy(manifest with { Pins = [] }).Select(bench.Address.Blob).ToHashSet();
        // Bytes behind the length at which a log was sealed do not exist: nobody reads them.
        var lengths = manifest.Pins.SelectMany(pin => pin.Logs).Concat(manifest.SealedLogs).DistinctBy(log => log.Name)
            .ToDictionary(log => bench.Address.LogBlob(log.Name), log => (int)log.LengthBytes);
        foreach (var blob in bench.Store.Names(bench.Address.Prefix).OrderBy(name => !served.Contains(name)))
        {
            var bytes = bench.Store.Peek(blob);
            var keptFor = served.Contains(blob) || blob == bench.Address.ManifestBlob ? "" : " of a snapshot only";
            var (kind, places) = blob switch
            {
                _ when blob == bench.Address.ManifestBlob => ("manifest", ManifestPlaces(bytes.Length)),
                _ when blob.StartsWith(bench.Address.LogPrefix, StringComparison.Ordinal) => ("log", LogPlaces(lengths.GetValueOrDefault(blob, bytes.Length))),
                _ when blob.EndsWith("/rows", StringComparison.Ordinal) => ("segment", SegmentPlaces(bytes, blob)),
                _ when blob.Contains("/deletes", StringComparison.Ordinal) => ("deletes", CheckedPlaces(bytes.Length)),
                _ => ("request ids", CheckedPlaces(bytes.Length)),
            };
            foreach (var (what, offset) in places)
                yield return new DamagedPlace(kind + keptFor, what, blob, offset);
        }
    }

    /// <summary>Every byte of the fields of a header; of the payload behind it, one in a while and the last.</summary>
    private static IEnumerable<(string What, long Offset)> Places(int length, params (string What, int End)[] header)
    {
        var offset = 0;
        foreach (var (what, end) in header)
        {
            for (; offset < end; offset++)
                yield return (what, offset);
        }

        for (; offset < length - 1; offset += 29)
            yield return ("payload", offset);
        yield return ("end", length - 1);
    }

    private static IEnumerable<(string What, long Offset)> ManifestPlaces(int length) =>
        Places(length, ("header", 8), ("length", 12), ("checksum", 16));

    private static IEnumerable<(string What, long Offset)> CheckedPlaces(int length) =>
        Places(length, ("header", 16), ("length", 24), ("checksum", 28), ("header checksum", 32));

    private static IEnumerable<(string What, long Offset)> LogPlaces(int length)
    {
        const int Frame = LogHeader.SizeBytes;
        var places = Enumerable.Range(0, Frame).Select(offset => (offset < 60 ? "header" : "header checksum", (long)offset));
        return length < Frame + FrameHeader.SizeBytes + FrameHeader.TrailerSizeBytes ? places :
        [
            .. places,
            ("frame header", Frame), ("frame length", Frame + 8), ("frame header", Frame + 24), ("frame header", Frame + 40), ("frame header checksum", Frame + 76),
            ("payload", Frame + 80), ("payload", (Frame + length) / 2), ("payload checksum", length - 8), ("end", length - 1),
        ];
    }

    private static List<(string What, long Offset)> SegmentPlaces(byte[] bytes, string blob)
    {
        var header = SegmentHeader.Read(bytes.AsSpan(0, SegmentHeader.Bytes), blob);
        var places = new List<(string, long)> { ("header", 0), ("header", 8), ("header", 24), ("header", 100), ("header checksum", SegmentHeader.Bytes - 1) };
        foreach (var section in header.Sections)
        {
            if (section.Place.Length == 0)
                continue;
            var what = section.Kind is SegmentSection.Versions or SegmentSection.Places or SegmentSection.Given or SegmentSection.Heap ? "payload: rows" : "payload: what follows from rows";
            places.AddRange([(what, section.Place.Offset), (what, section.Place.Offset + (section.Place.Length / 2)), (what, section.Place.Offset + section.Place.Length - 1)]);
        }

        for (long boundary = SegmentHeader.BlockBytes; boundary < header.ContentLength; boundary += 13 * SegmentHeader.BlockBytes)
            places.AddRange([("block boundary", boundary - 1), ("block boundary", boundary)]);
        places.AddRange(
        [
            ("padding", header.ContentLength - 1), ("block checksums", header.FooterOffset), ("block checksums", header.FooterOffset + header.FooterBytes - 5),
            ("checksum of checksums", header.FooterOffset + header.FooterBytes - 1), ("second header", header.HeaderCopyOffset + 30), ("end", header.BlobLength - 1),
        ]);
        return places;
    }
}
