using System.Buffers.Binary;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Hashing;
using JadeVector.Engine.Segments;
using Xunit;

namespace JadeVector.Tests.Engine.Segments;

public sealed class SegmentHeaderTests
{
    private const string Blob = "databases/db_golden/shards/2/segments/1-abc/rows";
    private const SegmentSection Later = (SegmentSection)4_000;

    [Fact]
    public void Header_has_the_bytes_that_its_page_says()
    {
        var bytes = Write(Header((SegmentSection.Heap, false, 100), (Later, true, 5)));

        Assert.Equal(
            "4A4144455345474D0300000001000000" + "03000000020000000A00000000000000" + "07000000000000000900000000000000" + "781813E02AEAECCD0010000008000000",
            Convert.ToHexString(bytes.AsSpan(0, 64)));
        Assert.Equal(
            "05000000000000004009000000000000" + "6400000000000000A00F000001000000" + "C0090000000000000500000000000000" + new string('0', 32),
            Convert.ToHexString(bytes.AsSpan(96 + (6 * 24), 64)));
        Assert.Equal(Crc32C.Compute(bytes.AsSpan(0, 1020)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(1020)));
    }

    [Fact]
    public void Section_of_an_unknown_kind_is_passed_over_only_when_it_is_optional()
    {
        var read = SegmentHeader.Read(Write(Header((SegmentSection.Heap, false, 100), (Later, true, 5))), Blob);

        Assert.Equal(100, read[SegmentSection.Heap].Length);
        Assert.Equal(0, read[SegmentSection.Graph].Length);
        Assert.True(read.Sections[^1].IsOptional);
        Assert.Contains("4000", Refused(Header((SegmentSection.Heap, false, 100), (Later, false, 5))), StringComparison.Ordinal);
    }

    [Fact]
    public void Table_that_contradicts_itself_is_refused()
    {
        Assert.Contains("two sections", Refused(Header((SegmentSection.Heap, false, 100), (SegmentSection.Heap, false, 64))), StringComparison.Ordinal);
        Assert.Contains("in place of", Refused(Header((SegmentSection.Heap, false, 100)), bytes => bytes[96 + 24 + 8]++), StringComparison.Ordinal);
        Assert.Contains("flags", Refused(Header((SegmentSection.Heap, false, 100)), bytes => bytes[96 + 4] = 2), StringComparison.Ordinal);
        Assert.Contains("39 sections", Refused(Header((SegmentSection.Heap, false, 100)), bytes => bytes[60] = 39), StringComparison.Ordinal);
    }

    private static SegmentHeader Header(params (SegmentSection Kind, bool IsOptional, long Length)[] more) => SegmentHeader.Plan(
        3, Metric.Dot, 10, 7, 9, Blob,
        [(SegmentSection.Versions, false, 80), (SegmentSection.Places, false, 240), (SegmentSection.Ids, false, 256), (SegmentSection.Vectors, false, 640), .. Padding(), .. more]);

    // Two that pad the table, so that a section's place in it differs from its kind.
    private static (SegmentSection Kind, bool IsOptional, long Length)[] Padding() => [((SegmentSection)5_000, true, 0), ((SegmentSection)5_001, true, 1)];

    private static byte[] Write(SegmentHeader header)
    {
        var bytes = new byte[SegmentHeader.Bytes];
        header.Write(bytes);
        return bytes;
    }

    private static string Refused(SegmentHeader header, Action<byte[]>? change = null)
    {
        var bytes = Write(header);
        change?.Invoke(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(SegmentHeader.Bytes - 4), Crc32C.Compute(bytes.AsSpan(0, SegmentHeader.Bytes - 4)));
        return Assert.Throws<InvalidDataException>(() => SegmentHeader.Read(bytes, Blob)).Message;
    }
}
