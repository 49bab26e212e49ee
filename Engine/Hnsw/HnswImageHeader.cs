using System.Buffers.Binary;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Hashing;
using JadeVector.Engine.Quantization;

namespace JadeVector.Engine.Hnsw;

/// <summary>The first 192 bytes of a graph image, and with them where everything else is. Spec, byte by byte: docs/formats/graph.md.</summary>
internal readonly record struct HnswImageHeader
{
    // Little-endian. Keep in step with docs/formats/graph.md.
    //   0 magic "JADEHNSW" | 8 version | 12 checksumKind | 16 headerBytes | 20 metric (1), codes (1), hasSketches (1), zero (1) | 24 dimension | 28 M | 32 efConstruction | 36 nodeCount
    //  40 seed (8) | 48 entryRow | 52 topLevel | 56 baseStride | 60 linksOffset | 64 codeBytes | 68 upperStride | 72 upperCount | 76 zeros (4)
    //  80 baseOffset (8) | 88 levelsOffset (8) | 96 upperFirstOffset (8) | 104 nextEqualOffset (8) | 112 upperOffset (8) | 120 codecOffset (8)
    // 128 sketchesOffset (8) | 136 imageBytes (8) | 144 zeros (44) | 188 CRC-32C of 0..187
    public const int Bytes = 192;
    private const int ChecksumOffset = 188;
    private const uint Version = 2;
    private const uint ChecksumIsCrc32C = 1;
    private const int SectionAlignment = 64;

    private static ReadOnlySpan<byte> Magic => "JADEHNSW"u8;

    public required Metric Metric { get; init; }

    public required int Dimension { get; init; }

    public required HnswOptions Options { get; init; }

    public required int NodeCount { get; init; }

    /// <summary>-1 when there is no node.</summary>
    public required int EntryRow { get; init; }

    /// <summary>The entry point's; -1 when there is no node.</summary>
    public required int TopLevel { get; init; }

    public required int UpperCount { get; init; }

    public required bool HasSketches { get; init; }

    public NodeLayout BaseLayout => new(2 * Options.M, HnswGraph.CodeBytesOf(Options.Codes, Dimension));

    public NodeLayout UpperLayout => new(Options.M, codeBytes: 0);

    public long BaseOffset => Bytes;

    public long LevelsOffset => Align(BaseOffset + ((long)NodeCount * BaseLayout.Stride));

    public long UpperFirstOffset => Align(LevelsOffset + NodeCount);

    public long NextEqualOffset => Align(UpperFirstOffset + ((long)NodeCount * sizeof(int)));

    public long UpperOffset => Align(NextEqualOffset + ((long)NodeCount * sizeof(int)));

    public long CodecOffset => Align(UpperOffset + ((long)UpperCount * UpperLayout.Stride));

    /// <summary>Floats of what was learned: <see cref="GraphCodes"/>.</summary>
    public int CodecFloats => GraphCodes.FloatsOf(Options.Codes, HasSketches, Dimension);

    public long SketchesOffset => Align(CodecOffset + ((long)CodecFloats * sizeof(float)));

    public long ImageBytes => Align(SketchesOffset + (HasSketches ? (long)NodeCount * PrincipalSketch.Bytes : 0));

    /// <summary>Bytes of zeros that follow a section which ends at <paramref name="position"/>.</summary>
    public static int PaddingAt(long position) => (int)(Align(position) - position);

    /// <summary>Writes <see cref="Bytes"/> bytes.</summary>
    public void Write(Span<byte> target)
    {
        target[..Bytes].Clear();
        Magic.CopyTo(target);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], ChecksumIsCrc32C);
        BinaryPrimitives.WriteInt32LittleEndian(target[16..], Bytes);
        target[20] = (byte)Metric;
        target[21] = (byte)Options.Codes;
        target[22] = HasSketches ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt32LittleEndian(target[24..], Dimension);
        BinaryPrimitives.WriteInt32LittleEndian(target[28..], Options.M);
        BinaryPrimitives.WriteInt32LittleEndian(target[32..], Options.EfConstruction);
        BinaryPrimitives.WriteInt32LittleEndian(target[36..], NodeCount);
        BinaryPrimitives.WriteUInt64LittleEndian(target[40..], Options.Seed);
        BinaryPrimitives.WriteInt32LittleEndian(target[48..], EntryRow);
        BinaryPrimitives.WriteInt32LittleEndian(target[52..], TopLevel);
        BinaryPrimitives.WriteInt32LittleEndian(target[56..], BaseLayout.Stride);
        BinaryPrimitives.WriteInt32LittleEndian(target[60..], BaseLayout.LinksOffset);
        BinaryPrimitives.WriteInt32LittleEndian(target[64..], BaseLayout.CodeBytes);
        BinaryPrimitives.WriteInt32LittleEndian(target[68..], UpperLayout.Stride);
        BinaryPrimitives.WriteInt32LittleEndian(target[72..], UpperCount);
        BinaryPrimitives.WriteInt64LittleEndian(target[80..], BaseOffset);
        BinaryPrimitives.WriteInt64LittleEndian(target[88..], LevelsOffset);
        BinaryPrimitives.WriteInt64LittleEndian(target[96..], UpperFirstOffset);
        BinaryPrimitives.WriteInt64LittleEndian(target[104..], NextEqualOffset);
        BinaryPrimitives.WriteInt64LittleEndian(target[112..], UpperOffset);
        BinaryPrimitives.WriteInt64LittleEndian(target[120..], CodecOffset);
        BinaryPrimitives.WriteInt64LittleEndian(target[128..], SketchesOffset);
        BinaryPrimitives.WriteInt64LittleEndian(target[136..], ImageBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(target[ChecksumOffset..], Crc32C.Compute(target[..ChecksumOffset]));
        System.Diagnostics.Debug.Assert(Read(target[..Bytes]) == this, "The header reads back as it was written.");
    }

    /// <summary>Reads a header and checks each of its fields by itself.</summary>
    /// <exception cref="InvalidDataException">Says which field is wrong.</exception>
    public static HnswImageHeader Read(ReadOnlySpan<byte> source)
    {
        Require(source.Length >= Bytes, $"{source.Length} bytes are too short for a header");
        Require(source[..Magic.Length].SequenceEqual(Magic), "the magic is not JADEHNSW");
        var version = BinaryPrimitives.ReadUInt32LittleEndian(source[8..]);
        Require(version == Version, $"version {version} is unknown (this program reads {Version})");
        Require(BinaryPrimitives.ReadUInt32LittleEndian(source[12..]) == ChecksumIsCrc32C, "the kind of checksum is unknown");
        Require(BinaryPrimitives.ReadUInt32LittleEndian(source[ChecksumOffset..]) == Crc32C.Compute(source[..ChecksumOffset]), "the header's checksum does not match");
        var header = new HnswImageHeader
        {
            Metric = (Metric)source[20],
            Dimension = BinaryPrimitives.ReadInt32LittleEndian(source[24..]),
            Options = new HnswOptions
            {
                M = BinaryPrimitives.ReadInt32LittleEndian(source[28..]),
                EfConstruction = BinaryPrimitives.ReadInt32LittleEndian(source[32..]),
                Seed = BinaryPrimitives.ReadUInt64LittleEndian(source[40..]),
                Codes = (VectorCodes)source[21],
            },
            NodeCount = BinaryPrimitives.ReadInt32LittleEndian(source[36..]),
            EntryRow = BinaryPrimitives.ReadInt32LittleEndian(source[48..]),
            TopLevel = BinaryPrimitives.ReadInt32LittleEndian(source[52..]),
            UpperCount = BinaryPrimitives.ReadInt32LittleEndian(source[72..]),
            HasSketches = source[22] != 0,
        };
        header.CheckRanges();
        header.CheckLayout(source);
        return header;
    }

    /// <summary>Throws unless <paramref name="condition"/> holds.</summary>
    /// <exception cref="InvalidDataException">Says that the image is damaged and what is wrong.</exception>
    public static void Require(bool condition, string wrong)
    {
        if (!condition)
            throw new InvalidDataException($"Damaged graph image: {wrong}.");
    }

    private static long Align(long position) => (position + SectionAlignment - 1) & ~(long)(SectionAlignment - 1);

    private void CheckRanges()
    {
        Require(Metric <= Metric.Dot, $"metric {(byte)Metric} is unknown");
        Require(Dimension >= 1, $"the dimension is {Dimension}");
        Require(Options.M is >= HnswLimits.MMin and <= HnswLimits.MMax, $"M is {Options.M}");
        Require(Options.EfConstruction is >= HnswLimits.EfConstructionMin and <= HnswLimits.EfConstructionMax, $"efConstruction is {Options.EfConstruction}");
        Require(Options.Codes <= VectorCodes.OneBit, $"codes {(byte)Options.Codes} are unknown");
        Require(!HasSketches || Options.Codes is VectorCodes.Int8, "there are sketches of no codes");
        Require(NodeCount >= 0, $"the number of nodes is {NodeCount}");
        Require(UpperCount >= 0, $"the number of upper blocks is {UpperCount}");
        if (NodeCount == 0)
        {
            Require(EntryRow == -1 && TopLevel == -1, "there is an entry point but no node");
            return;
        }

        Require((uint)EntryRow < (uint)NodeCount, $"the entry point {EntryRow} is not one of {NodeCount} nodes");
        Require(TopLevel is >= 0 and <= HnswLimits.LevelMax, $"the top level is {TopLevel}");
    }

    /// <summary>This version has no freedom in its layout: what the header says of it is what its counts make it.</summary>
    private void CheckLayout(ReadOnlySpan<byte> source)
    {
        Span<byte> expected = stackalloc byte[Bytes];
        BinaryPrimitives.WriteInt32LittleEndian(expected[56..], BaseLayout.Stride);
        BinaryPrimitives.WriteInt32LittleEndian(expected[60..], BaseLayout.LinksOffset);
        BinaryPrimitives.WriteInt32LittleEndian(expected[64..], BaseLayout.CodeBytes);
        BinaryPrimitives.WriteInt32LittleEndian(expected[68..], UpperLayout.Stride);
        BinaryPrimitives.WriteInt64LittleEndian(expected[80..], BaseOffset);
        BinaryPrimitives.WriteInt64LittleEndian(expected[88..], LevelsOffset);
        BinaryPrimitives.WriteInt64LittleEndian(expected[96..], UpperFirstOffset);
        BinaryPrimitives.WriteInt64LittleEndian(expected[104..], NextEqualOffset);
        BinaryPrimitives.WriteInt64LittleEndian(expected[112..], UpperOffset);
        BinaryPrimitives.WriteInt64LittleEndian(expected[120..], CodecOffset);
        BinaryPrimitives.WriteInt64LittleEndian(expected[128..], SketchesOffset);
        BinaryPrimitives.WriteInt64LittleEndian(expected[136..], ImageBytes);
        Require(BinaryPrimitives.ReadInt32LittleEndian(source[16..]) == Bytes, "the header's length is not 192");
        Require(source[56..72].SequenceEqual(expected[56..72]), "the layout of the blocks is not that of its M");
        Require(source[80..144].SequenceEqual(expected[80..144]), "the places of the sections are not those of its counts");
    }
}
