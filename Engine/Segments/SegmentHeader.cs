using System.Buffers.Binary;
using System.Text;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Hashing;
using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Segments;

/// <summary>Sections of a segment, in the order in which they are stored. The numbers never change meaning.</summary>
internal enum SegmentSection
{
    /// <summary>u64 per row, ascending.</summary>
    Versions = 0,

    /// <summary>24 bytes per row: <see cref="RowPlace"/>.</summary>
    Places = 1,

    /// <summary>u64 slots: <see cref="IdSlots"/>.</summary>
    Ids = 2,

    /// <summary>float32 rows with a stride of whole 64-byte lines: what is compared.</summary>
    Vectors = 3,

    /// <summary>The same for the vectors as given; empty when those are the same.</summary>
    Given = 4,

    /// <summary>Ids, metadata and texts.</summary>
    Heap = 5,

    /// <summary>The image of the graph; empty for a flat index.</summary>
    Graph = 6,
}

internal readonly record struct SectionPlace(long Offset, long Length);

/// <summary>The first 256 bytes of a segment. Layout: docs/formats/segment.md; keep them in step.</summary>
internal sealed class SegmentHeader
{
    //   0 magic | 8 format version u32 | 12 checksum kind u32 | 16 dimension u32 | 20 metric u8 | 21 zero[3] | 24 row count u64
    //  32 first sequence u64 | 40 last sequence u64 | 48 name hash u64 | 56 block bytes u32 | 60 section count u32
    //  64 sections: offset u64, length u64 each | 176 content length u64 | 184 zero[68] | 252 crc32c of bytes 0..251
    public const int Bytes = 256;
    public const int Alignment = 64;
    public const int SectionCount = 7;
    public const int BlockBytes = 64 * 1024;
    public const uint FormatVersion = 1;
    private const uint ChecksumCrc32C = 1;
    private const int SectionsOffset = 64;
    private const int ContentLengthOffset = SectionsOffset + (SectionCount * 16);
    private const int ChecksumOffset = Bytes - 4;

    private readonly SectionPlace[] _sections;

    private SegmentHeader(SectionPlace[] sections) => _sections = sections;

    public required int Dimension { get; init; }

    public required Metric Metric { get; init; }

    public required int RowCount { get; init; }

    public required ulong FirstSequence { get; init; }

    public required ulong LastSequence { get; init; }

    /// <summary>Of the whole blob name: a segment that got into another's place is noticed.</summary>
    public required ulong NameHash { get; init; }

    /// <summary>Header, sections and padding: what the block checksums are over.</summary>
    public long ContentLength { get; private init; }

    public int BlockCount => (int)((ContentLength + BlockBytes - 1) / BlockBytes);

    /// <summary>Content, block checksums, and the checksum of those.</summary>
    public long BlobLength => FooterOffset + FooterBytes;

    /// <summary>The block checksums follow the content.</summary>
    public long FooterOffset => ContentLength;

    /// <summary>u32 per block, then the crc32c of those.</summary>
    public int FooterBytes => checked((BlockCount + 1) * sizeof(uint));

    private static ReadOnlySpan<byte> Magic => "JADESEGM"u8;

    public SectionPlace this[SegmentSection section] => _sections[(int)section];

    public static ulong HashName(string blob) => XxHash64.Compute(Encoding.ASCII.GetBytes(blob));

    /// <summary>Lays the sections out one behind the other.</summary>
    public static SegmentHeader Plan(int dimension, Metric metric, int rowCount, ulong firstSequence, ulong lastSequence, string blob, ReadOnlySpan<long> lengths)
    {
        var sections = new SectionPlace[SectionCount];
        long offset = Bytes;
        for (var i = 0; i < SectionCount; i++)
        {
            sections[i] = new SectionPlace(offset, lengths[i]);
            offset = Align(offset + lengths[i]);
        }

        return new SegmentHeader(sections)
        {
            Dimension = dimension,
            Metric = metric,
            RowCount = rowCount,
            FirstSequence = firstSequence,
            LastSequence = lastSequence,
            NameHash = HashName(blob),
            ContentLength = offset,
        };
    }

    public static long Align(long offset) => (offset + Alignment - 1) & ~(long)(Alignment - 1);

    public void Write(Span<byte> target)
    {
        target[..Bytes].Clear();
        Magic.CopyTo(target);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], FormatVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], ChecksumCrc32C);
        BinaryPrimitives.WriteInt32LittleEndian(target[16..], Dimension);
        target[20] = (byte)Metric;
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], RowCount);
        BinaryPrimitives.WriteUInt64LittleEndian(target[32..], FirstSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(target[40..], LastSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(target[48..], NameHash);
        BinaryPrimitives.WriteInt32LittleEndian(target[56..], BlockBytes);
        BinaryPrimitives.WriteInt32LittleEndian(target[60..], SectionCount);
        for (var i = 0; i < SectionCount; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(target[(SectionsOffset + (16 * i))..], _sections[i].Offset);
            BinaryPrimitives.WriteInt64LittleEndian(target[(SectionsOffset + (16 * i) + 8)..], _sections[i].Length);
        }

        BinaryPrimitives.WriteInt64LittleEndian(target[ContentLengthOffset..], ContentLength);
        BinaryPrimitives.WriteUInt32LittleEndian(target[ChecksumOffset..], Crc32C.Compute(target[..ChecksumOffset]));
    }

    /// <exception cref="InvalidDataException">Says what is wrong.</exception>
    public static SegmentHeader Read(ReadOnlySpan<byte> source, string blob)
    {
        Require(source.Length == Bytes, $"the header has {source.Length} bytes of {Bytes}");
        Require(source[..8].SequenceEqual(Magic), "the magic number is wrong");
        var version = BinaryPrimitives.ReadUInt32LittleEndian(source[8..]);
        Require(version == FormatVersion, $"format version {version}; this program reads {FormatVersion}");
        var checksum = Crc32C.Compute(source[..ChecksumOffset]);
        Require(BinaryPrimitives.ReadUInt32LittleEndian(source[ChecksumOffset..]) == checksum, "the header fails its checksum");
        Require(BinaryPrimitives.ReadUInt32LittleEndian(source[12..]) == ChecksumCrc32C, "unknown kind of checksum");
        Require(BinaryPrimitives.ReadInt32LittleEndian(source[56..]) == BlockBytes && BinaryPrimitives.ReadInt32LittleEndian(source[60..]) == SectionCount, "unknown layout");
        var sections = new SectionPlace[SectionCount];
        for (var i = 0; i < SectionCount; i++)
        {
            sections[i] = new SectionPlace(
                BinaryPrimitives.ReadInt64LittleEndian(source[(SectionsOffset + (16 * i))..]),
                BinaryPrimitives.ReadInt64LittleEndian(source[(SectionsOffset + (16 * i) + 8)..]));
        }

        var header = new SegmentHeader(sections)
        {
            Dimension = BinaryPrimitives.ReadInt32LittleEndian(source[16..]),
            Metric = (Metric)source[20],
            RowCount = checked((int)BinaryPrimitives.ReadInt64LittleEndian(source[24..])),
            FirstSequence = BinaryPrimitives.ReadUInt64LittleEndian(source[32..]),
            LastSequence = BinaryPrimitives.ReadUInt64LittleEndian(source[40..]),
            NameHash = BinaryPrimitives.ReadUInt64LittleEndian(source[48..]),
            ContentLength = BinaryPrimitives.ReadInt64LittleEndian(source[ContentLengthOffset..]),
        };
        Require(header.NameHash == HashName(blob), "it is another segment, in this one's place");
        header.CheckLayout();
        return header;
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new InvalidDataException(otherwise);
    }

    private void CheckLayout()
    {
        Require(Dimension is >= ShardLimits.DimensionMin and <= ShardLimits.DimensionMax && RowCount > 0, $"{RowCount} rows of {Dimension} components");
        long offset = Bytes;
        foreach (var section in _sections)
        {
            Require(section.Offset == offset && section.Length >= 0, $"a section is at {section.Offset} in place of {offset}");
            offset = Align(offset + section.Length);
        }

        Require(offset == ContentLength, $"the sections end at {offset}, the content at {ContentLength}");
        long vectorBytes = StrideBytes(Dimension) * RowCount;
        var slots = this[SegmentSection.Ids].Length / sizeof(ulong);
        Require(this[SegmentSection.Versions].Length == (long)RowCount * sizeof(ulong), "the versions are of another number of rows");
        Require(this[SegmentSection.Places].Length == (long)RowCount * RowPlace.SizeBytes, "the places are of another number of rows");
        Require(this[SegmentSection.Ids].Length % sizeof(ulong) == 0 && slots is > 0 and <= 1 << 30 && long.IsPow2(slots), "the table of ids is no power of two");
        Require(this[SegmentSection.Vectors].Length == vectorBytes, "the vectors are of another number of rows");
        Require(this[SegmentSection.Given].Length == (Metric is Metric.Cosine ? vectorBytes : 0), "the given vectors are of another number of rows");
    }

    /// <summary>Bytes from one vector to the next.</summary>
    public static long StrideBytes(int dimension) => Align((long)dimension * sizeof(float));
}
