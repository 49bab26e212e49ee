using System.Buffers.Binary;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Hashing;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Ivf;

/// <summary>The first 128 bytes of an image of cells, and with them where everything else is. Spec, byte by byte: docs/formats/ivf.md.</summary>
internal sealed record IvfImageHeader
{
    // Little-endian. Keep in step with docs/formats/ivf.md.
    //   0 magic "JADEIVFC" | 8 version | 12 checksumKind | 16 metric (1), zeros (3) | 20 dimension | 24 rowCount | 28 listCount | 32 codeComponents | 36 blockCount
    //  40 seed | 44 zeros (4) | 48 imageBytes (8) | 56 zeros (68) | 124 CRC-32C of 0..123
    public const int Bytes = 128;
    private const int ChecksumOffset = 124;
    private const uint Version = 1;
    private const uint ChecksumIsCrc32C = 1;

    private static ReadOnlySpan<byte> Magic => "JADEIVFC"u8;

    public required Metric Metric { get; init; }

    public required int Dimension { get; init; }

    /// <summary>Rows 0 to this, exclusive, are in cells.</summary>
    public required int RowCount { get; init; }

    public required int ListCount { get; init; }

    public required int CodeComponents { get; init; }

    /// <summary>Blocks of codes of 32 rows, all cells together.</summary>
    public required int BlockCount { get; init; }

    public required int Seed { get; init; }

    public int Groups => ProductQuantizer.GroupsFor(Dimension, CodeComponents);

    /// <summary>Float32 per centre, padding included.</summary>
    public int CentreStride => (int)Align((long)Dimension * sizeof(float)) / sizeof(float);

    public static long CentresOffset => Bytes;

    public long StartsOffset => Align(CentresOffset + ((long)ListCount * CentreStride * sizeof(float)));

    public long RowsOffset => Align(StartsOffset + ((ListCount + 1L) * sizeof(int)));

    public long BooksOffset => Align(RowsOffset + ((long)RowCount * sizeof(int)));

    public long CodesOffset => Align(BooksOffset + ProductQuantizer.BookBytes(Dimension, CodeComponents));

    public long ImageBytes => Align(CodesOffset + ((long)BlockCount * CodeScan.BlockBytes(Groups)));

    public void Write(Span<byte> target)
    {
        target[..Bytes].Clear();
        Magic.CopyTo(target);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], ChecksumIsCrc32C);
        target[16] = (byte)Metric;
        BinaryPrimitives.WriteInt32LittleEndian(target[20..], Dimension);
        BinaryPrimitives.WriteInt32LittleEndian(target[24..], RowCount);
        BinaryPrimitives.WriteInt32LittleEndian(target[28..], ListCount);
        BinaryPrimitives.WriteInt32LittleEndian(target[32..], CodeComponents);
        BinaryPrimitives.WriteInt32LittleEndian(target[36..], BlockCount);
        BinaryPrimitives.WriteInt32LittleEndian(target[40..], Seed);
        BinaryPrimitives.WriteInt64LittleEndian(target[48..], ImageBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(target[ChecksumOffset..], Crc32C.Compute(target[..ChecksumOffset]));
    }

    /// <exception cref="InvalidDataException">Says what is wrong.</exception>
    public static IvfImageHeader Read(ReadOnlySpan<byte> image)
    {
        Require(image.Length >= Bytes, $"it has {image.Length} bytes");
        Require(image[..8].SequenceEqual(Magic), "the magic number is wrong");
        var version = BinaryPrimitives.ReadUInt32LittleEndian(image[8..]);
        Require(version == Version, $"format version {version}; this program reads {Version}");
        Require(BinaryPrimitives.ReadUInt32LittleEndian(image[ChecksumOffset..]) == Crc32C.Compute(image[..ChecksumOffset]), "the header fails its checksum");
        Require(BinaryPrimitives.ReadUInt32LittleEndian(image[12..]) == ChecksumIsCrc32C, "unknown kind of checksum");
        var header = new IvfImageHeader
        {
            Metric = (Metric)image[16],
            Dimension = BinaryPrimitives.ReadInt32LittleEndian(image[20..]),
            RowCount = BinaryPrimitives.ReadInt32LittleEndian(image[24..]),
            ListCount = BinaryPrimitives.ReadInt32LittleEndian(image[28..]),
            CodeComponents = BinaryPrimitives.ReadInt32LittleEndian(image[32..]),
            BlockCount = BinaryPrimitives.ReadInt32LittleEndian(image[36..]),
            Seed = BinaryPrimitives.ReadInt32LittleEndian(image[40..]),
        };
        Require(Enum.IsDefined(header.Metric), $"unknown metric {header.Metric}");
        Require(header.Dimension > 0 && header.RowCount > 0 && header.BlockCount >= 0, $"{header.RowCount} rows of {header.Dimension} components in {header.BlockCount} blocks");
        Require(header.ListCount is >= IvfLimits.ListCountMin and <= IvfLimits.ListCountMax, $"{header.ListCount} cells");
        Require(header.CodeComponents is >= IvfLimits.CodeComponentsMin and <= IvfLimits.CodeComponentsMax, $"{header.CodeComponents} components a code");
        Require(BinaryPrimitives.ReadInt64LittleEndian(image[48..]) == header.ImageBytes, "its length does not fit what it holds");
        return header;
    }

    internal static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new InvalidDataException($"Damaged image of cells: {otherwise}.");
    }

    private static long Align(long offset) => (offset + StridedChunks.Alignment - 1) & ~(long)(StridedChunks.Alignment - 1);
}
