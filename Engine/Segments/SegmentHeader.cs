using System.Buffers.Binary;
using System.Text;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Hashing;
using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Segments;

/// <summary>Kinds of sections. The numbers never change meaning; a new kind takes the next one and is written down in docs/formats/segment.md.</summary>
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

    /// <summary>The same for the vectors as given; absent when those are the same.</summary>
    Given = 4,

    /// <summary>Ids, metadata and texts.</summary>
    Heap = 5,

    /// <summary>The image of the graph; in segments of an hnsw index alone.</summary>
    Graph = 6,

    /// <summary>The image of the index over the metadata of all rows; without it, filters are tested row by row.</summary>
    MetadataIndex = 7,

    /// <summary>The image of the cells; in segments of an ivf index alone.</summary>
    Cells = 8,

    /// <summary>The image of the hash tables; in segments of an lsh index alone.</summary>
    Tables = 9,
}

/// <summary>Where a section is; length 0 when there is none.</summary>
internal readonly record struct SectionPlace(long Offset, long Length);

/// <summary>A row of the table of sections.</summary>
/// <param name="IsOptional">A reader that does not know the kind may do without it; otherwise it must refuse the segment.</param>
internal readonly record struct SectionEntry(SegmentSection Kind, bool IsOptional, SectionPlace Place);

/// <summary>The first 1,024 bytes of a segment. Layout: docs/formats/segment.md; keep them in step.</summary>
internal sealed class SegmentHeader
{
    //   0 magic | 8 format version u32 | 12 checksum kind u32 | 16 dimension u32 | 20 metric u8 | 21 zero[3] | 24 row count u64
    //  32 first sequence u64 | 40 last sequence u64 | 48 name hash u64 | 56 block bytes u32 | 60 section count u32 | 64 content length u64
    //  72 zero[24] | 96 sections: kind u32, flags u32, offset u64, length u64 each | zero | 1020 crc32c of bytes 0..1019
    public const int Bytes = 1024;
    public const int Alignment = 64;
    public const int SectionCountMax = 38;
    public const int BlockBytes = 4 * 1024;
    public const uint FormatVersion = 3;
    private const uint ChecksumCrc32C = 1;
    private const uint OptionalFlag = 1;
    private const int ContentLengthOffset = 64;
    private const int SectionsOffset = 96;
    private const int SectionBytes = 24;
    private const int ChecksumOffset = Bytes - 4;

    private readonly SectionEntry[] _sections;

    private SegmentHeader(SectionEntry[] sections) => _sections = sections;

    public required int Dimension { get; init; }

    public required Metric Metric { get; init; }

    public required int RowCount { get; init; }

    public required ulong FirstSequence { get; init; }

    public required ulong LastSequence { get; init; }

    /// <summary>Of the blob's name within its shard: a segment that got into another's place is noticed.</summary>
    public required ulong NameHash { get; init; }

    /// <summary>Header, sections and padding: what the block checksums are over.</summary>
    public long ContentLength { get; private init; }

    public int BlockCount => (int)((ContentLength + BlockBytes - 1) / BlockBytes);

    /// <summary>Content, block checksums, the checksum of those, and the header once more.</summary>
    public long BlobLength => HeaderCopyOffset + Bytes;

    /// <summary>The block checksums follow the content.</summary>
    public long FooterOffset => ContentLength;

    /// <summary>The last bytes of the blob are its header once more: when one of the two is damaged, the rows can still be found.</summary>
    public long HeaderCopyOffset => FooterOffset + FooterBytes;

    /// <summary>u32 per block, then the crc32c of those.</summary>
    public int FooterBytes => checked((BlockCount + 1) * sizeof(uint));

    private static ReadOnlySpan<byte> Magic => "JADESEGM"u8;

    /// <summary>In the order in which they are stored.</summary>
    public ReadOnlySpan<SectionEntry> Sections => _sections;

    /// <summary>The section of a kind; of length 0 when the segment has none.</summary>
    public SectionPlace this[SegmentSection kind]
    {
        get
        {
            foreach (var section in _sections)
            {
                if (section.Kind == kind)
                    return section.Place;
            }

            return default;
        }
    }

    /// <summary>Of the name within its shard, which no other segment of any shard has: a copy of the blob in another shard is the same segment.</summary>
    public static ulong HashName(string blob) => XxHash64.Compute(Encoding.ASCII.GetBytes(blob[blob.LastIndexOf("segments/", StringComparison.Ordinal)..]));

    /// <summary>Lays the sections out one behind the other, in the order given.</summary>
    public static SegmentHeader Plan(
        int dimension, Metric metric, int rowCount, ulong firstSequence, ulong lastSequence, string blob, IReadOnlyList<(SegmentSection Kind, bool IsOptional, long Length)> lengths)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lengths.Count, SectionCountMax);
        var sections = new SectionEntry[lengths.Count];
        long offset = Bytes;
        for (var i = 0; i < sections.Length; i++)
        {
            sections[i] = new SectionEntry(lengths[i].Kind, lengths[i].IsOptional, new SectionPlace(offset, lengths[i].Length));
            offset = Align(offset + lengths[i].Length);
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
        BinaryPrimitives.WriteInt32LittleEndian(target[60..], _sections.Length);
        BinaryPrimitives.WriteInt64LittleEndian(target[ContentLengthOffset..], ContentLength);
        for (var i = 0; i < _sections.Length; i++)
        {
            var entry = target.Slice(SectionsOffset + (SectionBytes * i), SectionBytes);
            BinaryPrimitives.WriteUInt32LittleEndian(entry, (uint)_sections[i].Kind);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], _sections[i].IsOptional ? OptionalFlag : 0);
            BinaryPrimitives.WriteInt64LittleEndian(entry[8..], _sections[i].Place.Offset);
            BinaryPrimitives.WriteInt64LittleEndian(entry[16..], _sections[i].Place.Length);
        }

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
        Require(BinaryPrimitives.ReadInt32LittleEndian(source[56..]) == BlockBytes, "unknown size of blocks");
        var count = BinaryPrimitives.ReadInt32LittleEndian(source[60..]);
        Require(count is >= 0 and <= SectionCountMax, $"{count} sections");
        var sections = new SectionEntry[count];
        for (var i = 0; i < count; i++)
            sections[i] = ReadEntry(source.Slice(SectionsOffset + (SectionBytes * i), SectionBytes));
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

    private static SectionEntry ReadEntry(ReadOnlySpan<byte> entry)
    {
        var kind = (SegmentSection)BinaryPrimitives.ReadUInt32LittleEndian(entry);
        var flags = BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]);
        Require((flags & ~OptionalFlag) == 0, $"section {kind} has unknown flags {flags}");
        Require(flags == OptionalFlag || Enum.IsDefined(kind), $"it needs section {kind}, which this program does not know");
        return new SectionEntry(kind, flags == OptionalFlag, new SectionPlace(BinaryPrimitives.ReadInt64LittleEndian(entry[8..]), BinaryPrimitives.ReadInt64LittleEndian(entry[16..])));
    }

    private void CheckLayout()
    {
        Require(Dimension is >= ShardLimits.DimensionMin and <= ShardLimits.DimensionMax && RowCount > 0, $"{RowCount} rows of {Dimension} components");
        long offset = Bytes;
        for (var i = 0; i < _sections.Length; i++)
        {
            var (kind, _, place) = _sections[i];
            Require(place.Offset == offset && place.Length >= 0, $"section {kind} is at {place.Offset} in place of {offset}");
            Require(this[kind] == place, $"there are two sections {kind}");
            offset = Align(offset + place.Length);
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
