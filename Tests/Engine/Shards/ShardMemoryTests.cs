using JadeVector.Engine.Distance;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Quantization;
using JadeVector.Engine.Shards;
using JadeVector.Grains.Shards;
using Xunit;
using static JadeVector.Tests.Engine.Shards.ShardBench;

namespace JadeVector.Tests.Engine.Shards;

/// <summary>What the bytes of a shard are for: every byte is named, once.</summary>
public sealed class ShardMemoryTests
{
    private const int Dimension = 64, RowCount = 300;

    private static readonly string Text = new('t', 40);

    public static TheoryData<ShardConfig> Configs =>
    [
        ShardBench.ConfigOf(Dimension, Metric.Cosine) with { Codes = VectorCodes.Int8 },
        ShardBench.ConfigOf(Dimension) with { Codes = VectorCodes.OneBit },
        ShardBench.ConfigOf(Dimension) with { Codes = VectorCodes.None },
        ShardBench.ConfigOf(Dimension, Metric.Cosine, ShardIndexKind.Flat),
        ShardConfig.ForCells(Dimension, Metric.Euclidean, lists: 8, codeComponents: 2, probes: 2),
        ShardConfig.ForCells(Dimension, Metric.Dot, lists: 8, codeComponents: 0, probes: 2),
        ShardConfig.ForTables(Dimension, Metric.Cosine, tables: 4, functions: 6, probes: 2),
    ];

    [Theory]
    [MemberData(nameof(Configs))]
    public async Task Components_together_are_all_the_bytes_there_are(ShardConfig config)
    {
        await using var bench = await CreateAsync(config);
        var shard = await bench.OpenAsync();
        Check(shard);
        await FillAsync(shard);
        Check(shard);
        await shard.CheckpointAsync(default);
        Check(shard);
        await FillAsync(shard); // segments and rows that are in none, and the old rows are deleted
        Check(shard);
        await shard.DisposeAsync();
        Check(await bench.OpenAsync());
    }

    [Fact]
    public async Task Rows_that_are_in_no_segment_are_in_memory_and_those_of_segments_are_mapped_but_for_links_and_codes()
    {
        await using var bench = await CreateAsync(ShardBench.ConfigOf(Dimension) with { Codes = VectorCodes.Int8 });
        var shard = await bench.OpenAsync();
        await FillAsync(shard);
        var growing = shard.Stats.Memory;
        Assert.Equal(new ComponentBytes(RowCount * Dimension * sizeof(float), 0), growing[MemoryComponent.Vectors]);
        Assert.Equal(new ComponentBytes(RowCount * Text.Length, 0), growing[MemoryComponent.Texts]);

        await shard.CheckpointAsync(default);
        var mapped = shard.Stats.Memory;
        Assert.Equal(new ComponentBytes(0, RowCount * Dimension * sizeof(float)), mapped[MemoryComponent.Vectors]);
        Assert.Equal(new ComponentBytes(0, RowCount * Text.Length), mapped[MemoryComponent.Texts]);
        // A byte for each component and eight bytes of scale, and the centre that they are taken from; 1 and 16 links of 4 bytes at least.
        var codes = mapped[MemoryComponent.Codes];
        Assert.InRange(codes.MemoryBytes, RowCount * Dimension, (RowCount * (Dimension + 16)) + (Dimension * sizeof(float)));
        Assert.Equal(codes.MemoryBytes, codes.MappedBytes);
        Assert.True(mapped[MemoryComponent.Links].MemoryBytes > RowCount * 17 * sizeof(int));
        Assert.Equal(default, mapped[MemoryComponent.Cells]);
        Assert.InRange(mapped[MemoryComponent.Ids].MappedBytes, RowCount * (3 + sizeof(ulong)), RowCount * (4 + (4 * sizeof(ulong))));
    }

    [Theory]
    [InlineData(VectorCodes.None, 0)]
    [InlineData(VectorCodes.OneBit, Dimension / 8)]
    [InlineData(VectorCodes.Int8, Dimension)]
    public async Task Quantization_decides_how_many_bytes_a_code_takes(VectorCodes codes, int bytesPerVector)
    {
        await using var bench = await CreateAsync(ShardBench.ConfigOf(Dimension) with { Codes = codes });
        var shard = await bench.OpenAsync();
        await FillAsync(shard);
        await shard.CheckpointAsync(default);
        // At least the code itself; some numbers beside each, and what was learned.
        Assert.InRange(shard.Stats.Memory[MemoryComponent.Codes].MappedBytes / RowCount, bytesPerVector, bytesPerVector == 0 ? 0 : bytesPerVector + 24);
    }

    [Fact]
    public async Task Cells_and_their_codes_are_told_apart()
    {
        var plain = await MemoryOfCellsAsync(codeComponents: 0);
        var coded = await MemoryOfCellsAsync(codeComponents: 2);
        Assert.Equal(0, plain[MemoryComponent.Codes].MappedBytes);
        // Half a byte for each group of two components, in blocks of 32 rows, and books of 16 centroids.
        Assert.InRange(coded[MemoryComponent.Codes].MappedBytes, (RowCount * Dimension / 4) + (Dimension * 16 * sizeof(float)), long.MaxValue);
        Assert.InRange(coded[MemoryComponent.Cells].MappedBytes, 1, plain[MemoryComponent.Cells].MappedBytes + 64);
    }

    private static async Task<MemoryReport> MemoryOfCellsAsync(int codeComponents)
    {
        await using var bench = await CreateAsync(ShardConfig.ForCells(Dimension, Metric.Euclidean, lists: 8, codeComponents, probes: 2));
        var shard = await bench.OpenAsync();
        await FillAsync(shard);
        await shard.CheckpointAsync(default);
        return shard.Stats.Memory;
    }

    private static void Check(Shard shard)
    {
        var stats = shard.Stats;
        Assert.Equal(stats.NativeBytes + stats.MetadataIndexBytes, stats.Memory.MemoryBytes);
        Assert.Equal(stats.MappedBytes, stats.Memory.MappedBytes);
        var status = ShardRecords.ToStatus(stats, 0, "node");
        Assert.Equal(status.MemoryBytes, status.Memory.Sum(share => share.MemoryBytes + share.MappedBytes));
        Assert.Equal(MemoryReport.Components.Length, status.Memory.Select(share => share.Component).Distinct().Count());
    }

    private static async Task FillAsync(Shard shard)
    {
        var random = new Random(3);
        await Write(shard, [.. Enumerable.Range(0, RowCount).Select(i =>
            Put($"v{i:000}", [.. Enumerable.Range(0, Dimension).Select(_ => random.NextSingle() - 0.5f)], $$"""{"number":{{i}}}""", Text))]);
    }
}
