using System.Text;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Hnsw;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Memory;
using JadeVector.Engine.Segments;
using JadeVector.Engine.Shards;
using JadeVector.Tests.Engine.Shards;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Engine.Segments;

public sealed class SegmentTests : IDisposable
{
    private const string Name = "1-abc";
    private const string Blob = "databases/db_test/shards/0/segments/1-abc/rows";

    private readonly SimulatedBlobStore _store = new();
    private readonly EngineContext _context;

    public SegmentTests() => _context = new EngineContext(_store, new ManualClock(), new InlineWorkScheduler(), new SeededIdSource(1));

    public static TheoryData<Metric, ShardIndexKind> Kinds => new()
    {
        { Metric.Cosine, ShardIndexKind.Hnsw },
        { Metric.Euclidean, ShardIndexKind.Hnsw },
        { Metric.Dot, ShardIndexKind.Flat },
        { Metric.Cosine, ShardIndexKind.Flat },
    };

    public void Dispose() => _store.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Segment_has_every_row_as_it_was_written(Metric metric, ShardIndexKind index)
    {
        var config = ShardBench.ConfigOf(5, metric, index);
        var part = await WriteAsync(config, 300);
        var segment = await OpenAsync(config);

        Assert.Equal(300, segment.Count);
        Assert.Equal(index is ShardIndexKind.Hnsw ? 300 : 0, segment.LinkedCount);
        for (var row = 0; row < 300; row++)
        {
            Assert.Equal(part.Versions[row], segment.Versions[row]);
            Assert.Equal(part.Rows[row], segment.Rows[row]);
            Assert.Equal(part.Given[row], segment.Given[row]);
            Assert.Equal(part.Id(row), segment.Id(row));
            Assert.Equal(part.Metadata(row), segment.Metadata(row));
            Assert.Equal(part.Text(row), segment.Text(row));
            Assert.Equal(part.Places[row].PreviousRow, segment.Places[row].PreviousRow);
            var hash = ShardRanges.HashOf(part.Id(row));
            Assert.Equal(part.FindLatest(hash, part.Id(row)), segment.FindLatest(hash, part.Id(row)));
        }

        Assert.Equal(-1, segment.FindLatest(ShardRanges.HashOf("nobody"u8), "nobody"u8));
        segment.Release();
        part.Release();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Flipped_bit_is_noticed_wherever_it_is(Metric metric, ShardIndexKind index)
    {
        var config = ShardBench.ConfigOf(5, metric, index);
        (await WriteAsync(config, 40)).Release();
        var header = SegmentHeader.Read(_store.Peek(Blob).AsSpan(0, SegmentHeader.Bytes), Blob);
        var places = Enum.GetValues<SegmentSection>().Where(s => header[s].Length > 0)
            .SelectMany(s => (long[])[header[s].Offset, header[s].Offset + (header[s].Length / 2), header[s].Offset + header[s].Length - 1]);
        foreach (var offset in places.Concat([0, 8, 16, 24, 100, 500, SegmentHeader.Bytes - 1, header.ContentLength - 1, header.FooterOffset, header.HeaderCopyOffset - 1]))
        {
            _store.FlipBit(Blob, offset, 3);
            var damage = await Assert.ThrowsAsync<BlobDamagedException>(() => OpenAsync(config));
            Assert.Equal(Blob, damage.Blob);
            _store.FlipBit(Blob, offset, 3);
        }

        (await OpenAsync(config)).Release();
    }

    [Fact]
    public async Task Segment_cut_short_or_missing_or_of_another_place_is_damage()
    {
        var config = ShardBench.ConfigOf(5);
        await Assert.ThrowsAsync<BlobDamagedException>(() => OpenAsync(config));
        (await WriteAsync(config, 40)).Release();
        var bytes = _store.Peek(Blob);
        foreach (var length in (long[])[bytes.Length - 1, bytes.Length / 2, SegmentHeader.Bytes, 10, 0])
        {
            _store.Truncate(Blob, length);
            await Assert.ThrowsAsync<BlobDamagedException>(() => OpenAsync(config));
            _store.Overwrite(Blob, bytes);
        }

        await _store.CreateAppendAsync(Blob.Replace(Name, "1-other", StringComparison.Ordinal), default);
        _store.Overwrite(Blob.Replace(Name, "1-other", StringComparison.Ordinal), bytes);
        var damage = await Assert.ThrowsAsync<BlobDamagedException>(() => SegmentFile.OpenAsync(_context, Blob.Replace(Name, "1-other", StringComparison.Ordinal), default));
        Assert.Contains("another segment", damage.What, StringComparison.Ordinal);
        var misfit = await Assert.ThrowsAsync<BlobDamagedException>(() => OpenAsync(ShardBench.ConfigOf(6)));
        Assert.Contains("dimensions", misfit.What, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_of_deletes_come_back_and_a_flipped_bit_is_noticed()
    {
        var config = ShardBench.ConfigOf(5);
        var part = await WriteAsync(config, 40);
        part.MarkDeleted(3, 500);
        part.MarkDeleted(20, 600);
        part.MarkDeleted(39, 700);
        await CheckedBlob.WriteAsync(_store, "deletes", CheckedBlob.Wrap(CheckedBlob.DeletesMagic, DeletedRows.Save(part, upTo: 600)), default);

        var content = await CheckedBlob.ReadAsync(_store, "deletes", CheckedBlob.DeletesMagic.ToArray(), default);
        var segment = await OpenAsync(config);
        DeletedRows.Load(segment, content.Span);
        Assert.Equal(2, segment.DeletedCount);
        Assert.Equal((500ul, 600ul, 0ul), (segment.Deletes[3], segment.Deletes[20], segment.Deletes[39]));
        for (var offset = 0; offset < CheckedBlob.HeaderBytes + content.Length; offset++)
        {
            _store.FlipBit("deletes", offset);
            await Assert.ThrowsAsync<BlobDamagedException>(() => CheckedBlob.ReadAsync(_store, "deletes", CheckedBlob.DeletesMagic.ToArray(), default));
            _store.FlipBit("deletes", offset);
        }

        segment.Release();
        part.Release();
    }

    private async Task<GrowingPart> WriteAsync(ShardConfig config, int rows)
    {
        var part = new GrowingPart(config);
        part.Retain();
        var random = new Random(5);
        for (var row = 0; row < rows; row++)
        {
            var id = Encoding.UTF8.GetBytes($"id{row % 30}"); // some ids come again
            var metadata = row % 3 == 0 ? null : Encoding.UTF8.GetBytes($$"""{"row":{{row}}}""");
            var text = row % 2 == 0 ? null : Encoding.UTF8.GetBytes(new string('x', row));
            var values = ShardBench.Bytes([.. Enumerable.Range(0, config.Dimension).Select(_ => (float)random.NextDouble() - 0.5f)]);
            var place = new RowPlace { IdLength = (ushort)id.Length, MetadataLength = metadata?.Length ?? -1, TextLength = text?.Length ?? -1 };
            var hash = ShardRanges.HashOf(id);
            part.Append(values, (byte[])[.. id, .. metadata ?? [], .. text ?? []], place, hash, (ulong)(2 * row) + 10);
        }

        part.PublishRows();
        var linker = new PartLinker(part, _context, new ScratchPool<HnswScratch>(), 7);
        linker.Start();
        await linker.WhenLinkedAsync(default);
        await SegmentWriter.WriteAsync(_context, part, Blob, default);
        return part;
    }

    private async Task<SegmentPart> OpenAsync(ShardConfig config)
    {
        var part = new SegmentPart(await SegmentFile.OpenAsync(_context, Blob, default), config, Name, Blob);
        part.Retain();
        return part;
    }
}
