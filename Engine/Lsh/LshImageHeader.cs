using System.Buffers.Binary;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Hashing;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Lsh;

/// <summary>The first 128 bytes of an image of hash tables, and with them where everything else is. Spec, byte by byte: docs/formats/lsh.md.</summary>
internal sealed record LshImageHeader
{
    // Little-endian. Keep in step with docs/formats/lsh.md.
    //   0 magic "JADELSHT" | 8 version | 12 checksumKind | 16 metric (1), zeros (3) | 20 dimension | 24 rowCount | 28 tables | 32 functions | 36 bucketBits
    //  40 seed | 44 sliceWidth (f32, as the components are measured) | 48 imageBytes (8) | 56 zeros (68) | 124 CRC-32C of 0..123
    public const int Bytes = 128;
    private const int ChecksumOffset = 124;
    private const uint Version = 1;
    private const uint ChecksumIsCrc32C = 1;

    private static ReadOnlySpan<byte> Magic => "JADELSHT"u8;

    public required Metric Metric { get; init; }

    public required int Dimension { get; init; }

    /// <summary>Rows 0 to this, exclusive, are in the tables.</summary>
    public required int RowCount { get; init; }

    public required int Tables { get; init; }

    public required int Functions { get; init; }

    /// <summary>A table has two to this power buckets.</summary>
    public required int BucketBits { get; init; }

    public required int Seed { get; init; }

    /// <summary>0 for halves.</summary>
    public required float SliceWidth { get; init; }

    /// <summary>Float32 per direction, padding included.</summary>
    public int DirectionStride => (int)Align((long)Dimension * sizeof(float)) / sizeof(float);

    public static long DirectionsOffset => Bytes;

    public long ShiftsOffset => Align(DirectionsOffset + ((long)Tables * Functions * DirectionStride * sizeof(float)));

    public long StartsOffset => Align(ShiftsOffset + ((long)Tables * Functions * sizeof(float)));

    /// <summary>Starts of one table: one for each bucket, and one more.</summary>
    public long StartsPerTable => (1L << BucketBits) + 1;

    public long RowsOffset => Align(StartsOffset + (Tables * StartsPerTable * sizeof(int)));

    public long ImageBytes => Align(RowsOffset + ((long)Tables * RowCount * sizeof(int)));

    public void Write(Span<byte> target)
    {
        target[..Bytes].Clear();
        Magic.CopyTo(target);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], ChecksumIsCrc32C);
        target[16] = (byte)Metric;
        BinaryPrimitives.WriteInt32LittleEndian(target[20..], Dimension);
        BinaryPrimitives.WriteInt32LittleEndian(target[24..], RowCount);
        BinaryPrimitives.WriteInt32LittleEndian(target[28..], Tables);
        BinaryPrimitives.WriteInt32LittleEndian(target[32..], Functions);
        BinaryPrimitives.WriteInt32LittleEndian(target[36..], BucketBits);
        BinaryPrimitives.WriteInt32LittleEndian(target[40..], Seed);
        BinaryPrimitives.WriteSingleLittleEndian(target[44..], SliceWidth);
        BinaryPrimitives.WriteInt64LittleEndian(target[48..], ImageBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(target[ChecksumOffset..], Crc32C.Compute(target[..ChecksumOffset]));
    }

    /// <exception cref="InvalidDataException">Says what is wrong.</exception>
    public static LshImageHeader Read(ReadOnlySpan<byte> image)
    {
        Require(image.Length >= Bytes, $"it has {image.Length} bytes");
        Require(image[..8].SequenceEqual(Magic), "the magic number is wrong");
        var version = BinaryPrimitives.ReadUInt32LittleEndian(image[8..]);
        Require(version == Version, $"format version {version}; this program reads {Version}");
        Require(BinaryPrimitives.ReadUInt32LittleEndian(image[ChecksumOffset..]) == Crc32C.Compute(image[..ChecksumOffset]), "the header fails its checksum");
        Require(BinaryPrimitives.ReadUInt32LittleEndian(image[12..]) == ChecksumIsCrc32C, "unknown kind of checksum");
        var header = new LshImageHeader
        {
            Metric = (Metric)image[16],
            Dimension = BinaryPrimitives.ReadInt32LittleEndian(image[20..]),
            RowCount = BinaryPrimitives.ReadInt32LittleEndian(image[24..]),
            Tables = BinaryPrimitives.ReadInt32LittleEndian(image[28..]),
            Functions = BinaryPrimitives.ReadInt32LittleEndian(image[32..]),
            BucketBits = BinaryPrimitives.ReadInt32LittleEndian(image[36..]),
            Seed = BinaryPrimitives.ReadInt32LittleEndian(image[40..]),
            SliceWidth = BinaryPrimitives.ReadSingleLittleEndian(image[44..]),
        };
        Require(Enum.IsDefined(header.Metric), $"unknown metric {header.Metric}");
        Require(header.Dimension > 0 && header.RowCount > 0, $"{header.RowCount} rows of {header.Dimension} components");
        Require(header.Tables is >= LshLimits.TablesMin and <= LshLimits.TablesMax && header.Functions is >= LshLimits.FunctionsMin and <= LshLimits.FunctionsMax, $"{header.Tables} tables of {header.Functions} functions");
        Require(header.BucketBits is >= 0 and <= LshLimits.BucketBitsMax, $"2^{header.BucketBits} buckets");
        Require(header.Metric == Metric.Euclidean ? header.SliceWidth is > 0 and < float.PositiveInfinity : header.SliceWidth == 0, $"slices of width {header.SliceWidth}");
        Require(BinaryPrimitives.ReadInt64LittleEndian(image[48..]) == header.ImageBytes, "its length does not fit what it holds");
        return header;
    }

    internal static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new InvalidDataException($"Damaged image of hash tables: {otherwise}.");
    }

    private static long Align(long offset) => (offset + StridedChunks.Alignment - 1) & ~(long)(StridedChunks.Alignment - 1);
}
