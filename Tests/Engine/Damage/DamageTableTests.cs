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

/// <summary>One bit of every class of position in every kind of blob is flipped: it is found, reported by name, never answered from, and stays where it is.</summary>
public sealed class DamageTableTests
{
    private const int Dimension = 64, Rows = 700;
    private static readonly ShardAddress Other = new("db_other", 0);

    [Fact]
    public async Task Flipped_bit_anywhere_is_found_and_reported_and_contained()
    {
        await using var bench = await CreateAsync(ConfigOf(Dimension, Metric.Cosine));
        await ShardManifests.CreateAsync(bench.Context, Other, new ShardBirth(0, ulong.MaxValue, 1, bench.Config), default);
        await using (var other = await Shard.OpenAsync(bench.Context, Other, new ShardOptions(), default))
            await Write(other, Put("other", Vector(1)));
        var expected = await FillAsync(bench);
        var places = Places(bench).ToArray();
        Assert.True(places.Length > 50);
        Assert.Empty(await ShardVerifier.VerifyAsync(bench.Context, bench.Address, default));
        foreach (var (blob, what, offset) in places)
        {
            var where = $"{what} of {blob}, byte {offset}";
            bench.Store.FlipBit(blob, offset, (int)(offset % 8));
            var finding = (await ShardVerifier.VerifyAsync(bench.Context, bench.Address, default)).FirstOrDefault(f => f.Blob == blob && f.IsDamage);
            Assert.True(finding is not null, $"not found: {where}");
            await CheckAnswersAsync(bench, expected, where);
            await using (var other = await Shard.OpenAsync(bench.Context, Other, new ShardOptions(), default))
                Assert.NotNull(Get(other, "other"));
            bench.Store.FlipBit(blob, offset, (int)(offset % 8));
        }

        Assert.Empty(await ShardVerifier.VerifyAsync(bench.Context, bench.Address, default));
        await CheckAnswersAsync(bench, expected, "whole again", mustServe: true);
    }

    /// <summary>Whatever is served is right; what cannot be is refused as damage.</summary>
    private static async Task CheckAnswersAsync(ShardBench bench, Dictionary<string, byte[]> expected, string where, bool mustServe = false)
    {
        try
        {
            await using var shard = await Shard.OpenAsync(bench.Context, bench.Address, new ShardOptions(), default);
            foreach (var (id, values) in expected)
                Assert.True(Get(shard, id)?.Values?.AsSpan().SequenceEqual(values), $"{id} is wrong: {where}");
            Assert.Equal(expected.Count, shard.List(null, 0, 10_000, true, true).Rows.Count);
            var hits = Search(shard, Vector(5), expected.Count, exact: true);
            Assert.True(hits.Count == expected.Count && hits[0].Vector.IdText == "v5", $"a wrong search: {where}");
        }
        catch (Exception refused) when (!mustServe && refused is BlobDamagedException or RefusalException { Code: RefusalCodes.ShardDamaged })
        {
            Assert.False(mustServe, where);
        }
    }

    private static async Task<Dictionary<string, byte[]>> FillAsync(ShardBench bench)
    {
        var shard = await bench.OpenAsync();
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

    private static IEnumerable<(string Blob, string What, long Offset)> Places(ShardBench bench)
    {
        foreach (var blob in bench.Store.Names(bench.Address.Prefix))
        {
            var length = bench.Store.Peek(blob).LongLength;
            (string, long)[] places = blob switch
            {
                _ when blob == bench.Address.ManifestBlob => [("magic", 0), ("version", 4), ("length", 8), ("checksum", 12), ("payload", 16), ("payload", length / 2), ("end", length - 1)],
                _ when blob.StartsWith(bench.Address.LogPrefix, StringComparison.Ordinal) => LogPlaces(length),
                _ when blob.EndsWith("/rows", StringComparison.Ordinal) => SegmentPlaces(bench.Store.Peek(blob), blob),
                _ => [("magic", 0), ("version", 8), ("length", 16), ("checksum", 24), ("header checksum", 28), ("payload", 32), ("payload", (32 + length) / 2), ("end", length - 1)],
            };
            foreach (var (what, offset) in places)
                yield return (blob, what, offset);
        }
    }

    private static (string What, long Offset)[] LogPlaces(long length) =>
    [
        ("magic", 0), ("version", 4), ("epoch", 16), ("name", 40), ("header checksum", 60),
        ("frame magic", LogHeader.SizeBytes), ("frame length", LogHeader.SizeBytes + 8), ("frame sequence", LogHeader.SizeBytes + 24), ("frame request", LogHeader.SizeBytes + 40),
        ("frame checksum", LogHeader.SizeBytes + 76), ("payload", LogHeader.SizeBytes + 80), ("payload", (LogHeader.SizeBytes + length) / 2), ("payload checksum", length - 8), ("end magic", length - 1),
    ];

    private static (string What, long Offset)[] SegmentPlaces(byte[] bytes, string blob)
    {
        var header = SegmentHeader.Read(bytes.AsSpan(0, SegmentHeader.Bytes), blob);
        var places = new List<(string, long)> { ("magic", 0), ("version", 8), ("rows", 24), ("table", 100), ("header checksum", SegmentHeader.Bytes - 1) };
        foreach (var section in header.Sections)
        {
            if (section.Place.Length > 0)
                places.AddRange([($"{section.Kind} begin", section.Place.Offset), ($"{section.Kind} middle", section.Place.Offset + (section.Place.Length / 2)), ($"{section.Kind} end", section.Place.Offset + section.Place.Length - 1)]);
        }

        for (long boundary = SegmentHeader.BlockBytes; boundary < header.ContentLength; boundary += 13 * SegmentHeader.BlockBytes)
            places.AddRange([("block end", boundary - 1), ("block begin", boundary)]);
        places.AddRange(
        [
            ("padding", header.ContentLength - 1), ("checksums begin", header.FooterOffset), ("checksums end", header.FooterOffset + header.FooterBytes - 5),
            ("checksum of checksums", header.FooterOffset + header.FooterBytes - 1), ("second header", header.HeaderCopyOffset + 30), ("end", header.BlobLength - 1),
        ]);
        return [.. places];
    }
}
