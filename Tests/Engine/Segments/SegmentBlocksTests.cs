using JadeVector.Engine;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Segments;
using JadeVector.Engine.Shards;
using JadeVector.Tests.Engine.Shards;
using JadeVector.Tests.Support;
using Xunit;
using static JadeVector.Tests.Engine.Shards.ShardBench;

namespace JadeVector.Tests.Engine.Segments;

/// <summary>The bulk of a large segment is verified when it is first used, not when the shard is opened, and never later than that.</summary>
public sealed class SegmentBlocksTests
{
    private const int Dimension = 256, Rows = 1200; // 1.2 MB of vectors: more than is verified whole

    [Fact]
    public async Task Damaged_vectors_do_not_stop_the_opening_and_are_never_searched_or_returned()
    {
        await using var bench = await CreateAsync(ConfigOf(Dimension, index: JadeVector.Engine.Manifests.ShardIndexKind.Flat));
        var header = await FillAsync(bench);
        var stride = (int)SegmentHeader.StrideBytes(Dimension);
        bench.Store.FlipBit(RowsBlob(bench), header[SegmentSection.Vectors].Offset + (700L * stride), 4);

        var shard = await bench.OpenAsync();
        Assert.Equal(Rows, shard.Stats.VectorCount);
        Assert.NotNull(Get(shard, "v10"));
        Assert.Throws<BlobDamagedException>(() => Get(shard, "v700"));
        Assert.Throws<BlobDamagedException>(() => Search(shard, new float[Dimension], 3));
        Assert.Contains(RowsBlob(bench), shard.Stats.LastError, StringComparison.Ordinal);
        Assert.NotNull(Get(shard, "v1100"));
    }

    [Fact]
    public async Task Damaged_bytes_of_a_row_are_refused_when_that_row_is_read_and_other_rows_are_served()
    {
        await using var bench = await CreateAsync(ConfigOf(Dimension, index: JadeVector.Engine.Manifests.ShardIndexKind.Flat));
        var header = await FillAsync(bench, textLength: 300);
        bench.Store.FlipBit(RowsBlob(bench), header[SegmentSection.Heap].Offset + header[SegmentSection.Heap].Length - 10_000, 4);

        // Away from the end: the last block is shared with the section behind, which is checked when the shard is opened.
        var shard = await bench.OpenAsync();
        Assert.Equal(new string('t', 300), Get(shard, "v3")!.Text);
        var refused = Enumerable.Range(0, Rows).Count(row => Record.Exception(() => Get(shard, $"v{row}")) is BlobDamagedException);
        Assert.InRange(refused, 1, 30);
    }

    [Fact]
    public async Task Damaged_structure_is_found_when_the_shard_is_opened()
    {
        await using var bench = await CreateAsync(ConfigOf(Dimension));
        var header = await FillAsync(bench);
        foreach (var section in (SegmentSection[])[SegmentSection.Versions, SegmentSection.Places, SegmentSection.Ids, SegmentSection.Graph])
        {
            bench.Store.FlipBit(RowsBlob(bench), header[section].Offset + (header[section].Length / 2), 4);
            Assert.Equal(RefusalCodes.ShardDamaged, (await Assert.ThrowsAsync<RefusalException>(() => bench.OpenAsync())).Code);
            bench.Store.FlipBit(RowsBlob(bench), header[section].Offset + (header[section].Length / 2), 4);
        }

        Assert.NotEmpty(Search(await bench.OpenAsync(), new float[Dimension], 3));
    }

    [Fact]
    public async Task Scrub_finds_damage_that_nobody_has_read()
    {
        var clock = new ManualClock { JumpMax = TimeSpan.FromSeconds(1) };
        await using var bench = await CreateAsync(ConfigOf(Dimension, index: JadeVector.Engine.Manifests.ShardIndexKind.Flat), clock: clock);
        var header = await FillAsync(bench);
        var shard = await bench.OpenAsync();
        await shard.ScrubAsync(default);
        Assert.Equal((1L, null), (shard.Stats.ScrubCount, shard.Stats.LastError));
        await shard.DisposeAsync();

        bench.Store.FlipBit(RowsBlob(bench), header[SegmentSection.Vectors].Offset + 100_000, 4);
        shard = await bench.OpenAsync();
        Assert.Null(shard.Stats.LastError);
        clock.Advance(new ShardOptions().ScrubInterval);
        await UntilAsync(() => shard.Stats.ScrubCount > 0);
        Assert.Contains(RowsBlob(bench), shard.Stats.LastError, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/requests/")]
    [InlineData("/deletes-")]
    [InlineData("/log/")]
    public async Task Scrub_finds_damage_beside_the_segments(string blob)
    {
        await using var bench = await CreateAsync(clock: new ManualClock { JumpMax = TimeSpan.FromSeconds(1) });
        var shard = await bench.OpenAsync();
        await Write(shard, [.. Enumerable.Range(0, 9).Select(i => Put($"v{i}", [i, 0]))]);
        await shard.CheckpointAsync(default);
        await Write(shard, Delete("v0"));
        await shard.CheckpointAsync(default);
        await Write(shard, Put("c", [1, 0]));
        await shard.ScrubAsync(default);
        bench.Store.FlipBit(bench.Store.Names(bench.Address.Prefix).Last(n => n.Contains(blob, StringComparison.Ordinal)), blob == "/log/" ? 70 : 33);
        await Assert.ThrowsAsync<BlobDamagedException>(() => shard.ScrubAsync(default));
    }

    private static string RowsBlob(ShardBench bench) => Assert.Single(bench.Store.Names(bench.Address.SegmentPrefix), n => n.EndsWith("/rows", StringComparison.Ordinal));

    private static async Task<SegmentHeader> FillAsync(ShardBench bench, int textLength = 0)
    {
        var shard = await bench.OpenAsync();
        for (var i = 0; i < Rows; i += 200)
            await Write(shard, [.. Enumerable.Range(i, 200).Select(j => Put($"v{j}", [.. Enumerable.Range(0, Dimension).Select(c => (float)(j ^ c))], text: textLength == 0 ? null : new string('t', textLength)))]);
        await shard.CheckpointAsync(default);
        await shard.DisposeAsync();
        return SegmentHeader.Read(bench.Store.Peek(RowsBlob(bench)).AsSpan(0, SegmentHeader.Bytes), RowsBlob(bench));
    }
}
