using System.Text.Json;
using JadeVector.Engine;
using JadeVector.Engine.Damage;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Segments;
using JadeVector.Engine.Shards;
using JadeVector.Tests.Engine.Shards;
using JadeVector.Tests.Support;
using Xunit;
using static JadeVector.Tests.Engine.Shards.ShardBench;

namespace JadeVector.Tests.Engine.Damage;

public sealed class ShardRepairTests
{
    private const int Dimension = 64, Rows = 600;
    private static readonly ShardOptions Options = new() { LinkSliceRows = 1000 };

    [Theory]
    [InlineData(nameof(SegmentSection.Graph))]
    [InlineData(nameof(SegmentSection.Ids))]
    [InlineData(nameof(SegmentSection.Vectors))]
    public async Task What_follows_from_the_rows_is_built_anew_without_loss(string name)
    {
        var section = Enum.Parse<SegmentSection>(name);
        await using var bench = await CreateAsync(ConfigOf(Dimension, Metric.Cosine));
        await FillAsync(bench);
        Flip(bench, h => h[section].Offset + (h[section].Length / 2));
        Assert.Equal(FindingRepair.Rebuild, Assert.Single(await VerifyAsync(bench)).Repair);

        Assert.Single(await ShardRepair.RepairAsync(bench.Context, bench.Address, Options, acceptLoss: false, default));
        Assert.DoesNotContain(await VerifyAsync(bench), f => f.IsDamage);
        var shard = await bench.OpenAsync();
        Assert.Equal(Rows, shard.Stats.VectorCount);
        Assert.Equal(Bytes(Vector(77)), Get(shard, "v77")!.Values);
        Assert.Equal("v77", Search(shard, Vector(77), 1)[0].Vector.IdText);
    }

    [Theory]
    [InlineData(30)]                        // in the first header
    [InlineData(-10)]                       // in the second
    [InlineData(-SegmentHeader.Bytes - 8)]  // in the table of checksums
    public async Task Damaged_header_or_table_of_checksums_costs_nothing(int offset)
    {
        await using var bench = await CreateAsync(ConfigOf(Dimension, Metric.Cosine));
        await FillAsync(bench);
        Flip(bench, h => offset < 0 ? h.BlobLength + offset : offset);
        Assert.Equal(FindingRepair.Rebuild, Assert.Single(await VerifyAsync(bench)).Repair);
        await ShardRepair.RepairAsync(bench.Context, bench.Address, Options, acceptLoss: false, default);
        Assert.DoesNotContain(await VerifyAsync(bench), f => f.IsDamage);
        Assert.Equal(Rows, (await bench.OpenAsync()).Stats.VectorCount);
    }

    [Fact]
    public async Task Lost_vectors_are_listed_exactly_and_go_only_when_that_is_accepted()
    {
        await using var bench = await CreateAsync(ConfigOf(Dimension, Metric.Euclidean));
        await FillAsync(bench);
        var stride = SegmentHeader.StrideBytes(Dimension);
        var header = Flip(bench, h => h[SegmentSection.Vectors].Offset + (300 * stride));
        var finding = Assert.Single(await VerifyAsync(bench));
        Assert.Equal(FindingRepair.RebuildWithLoss, finding.Repair);
        var block = (header[SegmentSection.Vectors].Offset + (300 * stride)) / SegmentHeader.BlockBytes;
        var expected = Enumerable.Range(0, Rows).Where(row => Touches(header[SegmentSection.Vectors].Offset + (row * stride), Dimension * sizeof(float), block)).Select(row => $"v{row}");
        Assert.Equal(expected, finding.AffectedIds);

        Assert.Empty(await ShardRepair.RepairAsync(bench.Context, bench.Address, Options, acceptLoss: false, default));
        Assert.Equal(RefusalCodes.ShardDamaged, (await Assert.ThrowsAsync<RefusalException>(() => bench.OpenAsync())).Code);
        await ShardRepair.RepairAsync(bench.Context, bench.Address, Options, acceptLoss: true, default);

        var shard = await bench.OpenAsync();
        Assert.Equal(Rows - finding.AffectedIds.Count, shard.Stats.VectorCount);
        Assert.Null(Get(shard, "v300"));
        Assert.Equal(Bytes(Vector(1)), Get(shard, "v1")!.Values);
        var lost = Assert.Single(bench.Store.Names(bench.Address.Prefix), n => n.EndsWith("/lost", StringComparison.Ordinal));
        Assert.Equal(finding.AffectedIds, JsonDocument.Parse(bench.Store.Peek(lost)).RootElement.GetProperty("Ids").EnumerateArray().Select(e => e.GetString()));
        Assert.Contains(bench.Store.Names(bench.Address.Prefix), n => n.Contains("/quarantine/", StringComparison.Ordinal) && n.EndsWith("/rows", StringComparison.Ordinal));
        await Write(shard, Put("v300", Vector(300)));
        Assert.Equal(Bytes(Vector(300)), Get(shard, "v300")!.Values);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Damage_that_comes_between_the_look_and_the_repair_loses_nothing(bool acceptLoss)
    {
        await using var bench = await CreateAsync(ConfigOf(Dimension, Metric.Euclidean));
        await FillAsync(bench);
        Flip(bench, h => h[SegmentSection.Graph].Offset);
        Assert.Equal(FindingRepair.Rebuild, Assert.Single(await VerifyAsync(bench)).Repair);
        long InVectors(SegmentHeader header) => header[SegmentSection.Vectors].Offset + (300 * SegmentHeader.StrideBytes(Dimension));
        bench.Store.OnBefore = (operation, name) =>
        {
            if (operation is not BlobOperation.Put || name != bench.Address.ManifestBlob)
                return Task.CompletedTask;
            bench.Store.OnBefore = null;
            Flip(bench, InVectors);
            return Task.CompletedTask;
        };

        var refusal = await Assert.ThrowsAsync<RefusalException>(() => ShardRepair.RepairAsync(bench.Context, bench.Address, Options, acceptLoss, default));
        Assert.Equal(RefusalCodes.ShardDamaged, refusal.Code);
        Assert.Null(bench.Store.OnBefore);
        Flip(bench, InVectors); // as it was
        Assert.Single(await ShardRepair.RepairAsync(bench.Context, bench.Address, Options, acceptLoss, default));
        Assert.Equal(Rows, (await bench.OpenAsync()).Stats.VectorCount);
    }

    [Fact]
    public async Task Id_of_a_row_whose_bytes_are_damaged_is_known_from_the_table_of_ids()
    {
        await using var bench = await CreateAsync(ConfigOf(Dimension, Metric.Euclidean));
        await FillAsync(bench, text: new string('x', 400));
        Flip(bench, h => h[SegmentSection.Heap].Offset + (h[SegmentSection.Heap].Length / 2)); // in a text
        var finding = Assert.Single(await VerifyAsync(bench));
        Assert.NotEmpty(finding.AffectedIds);
        Assert.All(finding.AffectedIds, id => Assert.Matches("^v[0-9]+$", id));
    }

    [Fact]
    public async Task Rows_are_taken_from_a_log_that_still_exists()
    {
        await using var bench = await CreateAsync(ConfigOf(Dimension, Metric.Euclidean));
        bench.Store.Fail(BlobOperation.Delete, "/log/", BlobFault.FailBefore, times: int.MaxValue);
        await FillAsync(bench);
        Flip(bench, h => h[SegmentSection.Vectors].Offset + 100_000);
        Assert.Equal(FindingRepair.Rebuild, (await VerifyAsync(bench)).Single(f => f.IsDamage).Repair);
        await ShardRepair.RepairAsync(bench.Context, bench.Address, Options, acceptLoss: false, default);
        var shard = await bench.OpenAsync();
        Assert.Equal(Rows, shard.Stats.VectorCount);
        for (var i = 0; i < Rows; i++)
            Assert.Equal(Bytes(Vector(i)), Get(shard, $"v{i}")!.Values);
    }

    [Fact]
    public async Task Log_that_goes_on_from_a_lost_vector_is_replayed_all_the_same()
    {
        await using var bench = await CreateAsync(ConfigOf(Dimension, Metric.Euclidean));
        await FillAsync(bench);
        var shard = await bench.OpenAsync();
        await Write(shard, Put("v300", Vector(1)), Delete("v301"));
        await shard.DisposeAsync();
        Flip(bench, h => h[SegmentSection.Vectors].Offset + (300 * SegmentHeader.StrideBytes(Dimension)));
        await ShardRepair.RepairAsync(bench.Context, bench.Address, Options, acceptLoss: true, default);
        shard = await bench.OpenAsync();
        Assert.Equal(Bytes(Vector(1)), Get(shard, "v300")!.Values);
        Assert.Null(Get(shard, "v301"));
        await shard.CompactAsync(default);
        await shard.DisposeAsync();
        Assert.Equal(Bytes(Vector(1)), Get(await bench.OpenAsync(), "v300")!.Values);
    }

    [Fact]
    public async Task Damaged_request_ids_are_forgotten_only_when_that_is_accepted()
    {
        await using var bench = await CreateAsync(ConfigOf(Dimension, Metric.Euclidean));
        await FillAsync(bench);
        bench.Store.FlipBit(Assert.Single(bench.Store.Names(bench.Address.Prefix), n => n.Contains("/requests/", StringComparison.Ordinal)), 32);
        Assert.Equal(FindingRepair.ForgetRequests, Assert.Single(await VerifyAsync(bench)).Repair);
        Assert.Empty(await ShardRepair.RepairAsync(bench.Context, bench.Address, Options, acceptLoss: false, default));
        await ShardRepair.RepairAsync(bench.Context, bench.Address, Options, acceptLoss: true, default);
        Assert.Equal(Rows, (await bench.OpenAsync()).Stats.VectorCount);
    }

    [Fact]
    public async Task Repair_fences_the_owner_and_a_store_is_verified_past_what_is_broken_in_it()
    {
        await using var bench = await CreateAsync(ConfigOf(Dimension, Metric.Cosine));
        await FillAsync(bench);
        var owner = await bench.OpenAsync();
        await Write(owner, Put("last", Vector(5)));
        Flip(bench, h => h[SegmentSection.Graph].Offset + (h[SegmentSection.Graph].Length / 2));
        await bench.Store.PutAsync("databases/db_broken/shards/0/manifest", new byte[20], default, default);
        await bench.Store.PutAsync("databases/db_remains/shards/3/log/0-" + new string('a', 32), new byte[20], default, default);

        var report = await StoreVerifier.VerifyAsync(bench.Context, default);
        Assert.Equal((3L, true), (report.ShardCount, report.HasDamage));
        Assert.Equal(
            [("db_broken/0", FindingRepair.None), ("db_remains/3", FindingRepair.Collect), ("db_test/0", FindingRepair.Rebuild)],
            report.Findings.Select(f => (f.Shard!.Value.ToString(), f.Finding.Repair)));

        await ShardRepair.RepairAsync(bench.Context, bench.Address, Options, acceptLoss: false, default);
        Assert.Equal(RefusalCodes.Fenced, (await Assert.ThrowsAsync<RefusalException>(() => Write(owner, Put("late", Vector(6))))).Code);
        Assert.NotNull(Get(await bench.OpenAsync(), "last"));
        await ShardRepair.RepairAsync(bench.Context, new ShardAddress("db_remains", 3), Options, acceptLoss: false, default);
        Assert.Equal("db_broken/0", Assert.Single((await StoreVerifier.VerifyAsync(bench.Context, default)).Findings, f => f.Finding.IsDamage).Shard!.Value.ToString());
    }

    private static Task<IReadOnlyList<Finding>> VerifyAsync(ShardBench bench) => ShardVerifier.VerifyAsync(bench.Context, bench.Address, default);

    private static bool Touches(long offset, long length, long block) => offset / SegmentHeader.BlockBytes <= block && (offset + length - 1) / SegmentHeader.BlockBytes >= block;

    private static SegmentHeader Flip(ShardBench bench, Func<SegmentHeader, long> offset)
    {
        var blob = Assert.Single(bench.Store.Names(bench.Address.SegmentPrefix), n => n.EndsWith("/rows", StringComparison.Ordinal));
        var header = SegmentHeader.Read(bench.Store.Peek(blob).AsSpan(0, SegmentHeader.Bytes), blob);
        bench.Store.FlipBit(blob, offset(header), 2);
        return header;
    }

    private static async Task FillAsync(ShardBench bench, string? text = null)
    {
        var shard = await bench.OpenAsync(Options);
        for (var i = 0; i < Rows; i += 100)
            await shard.WriteAsync(new WriteBatch { RequestId = $"r{i}", Items = [.. Enumerable.Range(i, 100).Select(j => Put($"v{j}", Vector(j), text: text))] }, default);
        await shard.CheckpointAsync(default);
        await shard.DisposeAsync();
    }

    private static float[] Vector(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Dimension).Select(_ => (float)random.NextDouble() - 0.5f)];
    }
}
