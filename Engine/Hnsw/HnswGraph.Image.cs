using System.Runtime.InteropServices;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;
using JadeVector.Engine.Quantization;

namespace JadeVector.Engine.Hnsw;

/// <summary>Takes the next bytes of an image; they are good only during the call.</summary>
public delegate void HnswSink(ReadOnlySpan<byte> bytes);

// The flat image of a graph (docs/formats/graph.md): written piece by piece, read in place.
public sealed unsafe partial class HnswGraph
{
    private const int SinkBytes = 64 * 1024;

    private NativeImage? _image; // what the graph lies in, where it is its own

    /// <summary>Writes the graph as an image for <see cref="Map"/>, in pieces of at most 64 KiB. The vectors are not in it; their codes are, made anew with what all rows teach.</summary>
    /// <exception cref="InvalidOperationException">An insertion is going on.</exception>
    public void WriteTo(HnswSink sink)
    {
        foreach (var _ in WriteInPieces(sink))
        {
            // Written.
        }
    }

    /// <summary>As <see cref="WriteTo"/>, a piece whenever the next element is asked for: each is the number of rows, links or floats in it.</summary>
    /// <exception cref="InvalidOperationException">An insertion is going on.</exception>
    public IEnumerable<int> WriteInPieces(HnswSink sink)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var image = new GraphCodes(this, Options.Codes);
        var header = DescribeImage(image);
        var buffer = new byte[Math.Max(SinkBytes, header.BaseLayout.Stride)];
        header.Write(buffer);
        sink(buffer.AsSpan(0, HnswImageHeader.Bytes));
        foreach (var section in Sections(image, header, sink, buffer))
        {
            foreach (var written in section)
                yield return written;
        }

        if (header != DescribeImage(image))
            throw new InvalidOperationException("The graph changed while its image was written.");
    }

    private IEnumerable<int>[] Sections(GraphCodes image, HnswImageHeader header, HnswSink sink, byte[] buffer) =>
    [
        WriteBlocks(sink, buffer, header.NodeCount, header.BaseLayout, row => (int*)(_base.At(row) + _baseLayout.LinksOffset), image.Encode),
        WriteItems(sink, buffer, header.NodeCount, sizeof(byte), (row, target) => target[0] = (byte)LevelOfRow(row)),
        WriteItems(sink, buffer, header.NodeCount, sizeof(int), (row, target) => MemoryMarshal.Write(target, LevelOfRow(row) > 0 ? *(int*)_upperFirst.At(row) : 0)),
        WriteItems(sink, buffer, header.NodeCount, sizeof(int), (row, target) => MemoryMarshal.Write(target, NextEqual(row) + 1)),
        WriteBlocks(sink, buffer, header.UpperCount, _upperLayout, slot => (int*)_upper.At(slot), (_, _) => { }),
        WriteItems(sink, buffer, header.CodecFloats, sizeof(float), (i, target) => MemoryMarshal.Write(target, image.Values[i])),
        WriteItems(sink, buffer, header.HasSketches ? header.NodeCount : 0, PrincipalSketch.Bytes, image.EncodeSketch),
    ];

    /// <summary>A read-only copy with the codes that the options name, in native memory of its own.</summary>
    /// <param name="cancellation">Looked at between pieces of 64 KiB.</param>
    /// <exception cref="InvalidOperationException">An insertion is going on.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is left.</exception>
    public HnswGraph Freeze(CancellationToken cancellation = default)
    {
        var memory = new NativeImage();
        try
        {
            foreach (var _ in WriteInPieces(memory.Append))
                cancellation.ThrowIfCancellationRequested();
            return new HnswGraph(memory.First, HnswImageHeader.Read(new ReadOnlySpan<byte>(memory.First, HnswImageHeader.Bytes)), Rows, memory);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>As <see cref="Map"/>, over a copy of the image in native memory: walks then never wait for a disk, and the file may go.</summary>
    /// <exception cref="InvalidDataException">As there.</exception>
    public static HnswGraph Load(byte* image, long length, VectorRows rows, Metric metric)
    {
        var header = Read(image, length, rows, metric);
        var memory = new NativeImage();
        try
        {
            memory.Append(image, header.ImageBytes);
            return new HnswGraph(memory.First, header, rows, memory);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    /// <summary>A read-only graph over an image in memory that someone else owns and keeps for longer than it; nothing is copied.</summary>
    /// <param name="image">The first byte, on a 4-byte boundary or better.</param>
    /// <param name="length">Bytes that are there; may be more than the image has.</param>
    /// <param name="rows">The vectors that the graph was built over.</param>
    /// <param name="metric">The metric that it was built with.</param>
    /// <exception cref="InvalidDataException">The image is damaged, or does not belong to these rows and this metric; says what is wrong.</exception>
    /// <remarks>Every count, level and link is checked here, once, so that searches need not check them. Reads the whole image.</remarks>
    public static HnswGraph Map(byte* image, long length, VectorRows rows, Metric metric) => new(image, Read(image, length, rows, metric), rows, memory: null);

    private static HnswImageHeader Read(byte* image, long length, VectorRows rows, Metric metric)
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("Images are little-endian and are read in place.");
        if ((nint)image % sizeof(int) != 0)
            throw new ArgumentException("The image does not start on a 4-byte boundary.", nameof(image));
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var header = HnswImageHeader.Read(new ReadOnlySpan<byte>(image, (int)Math.Min(length, HnswImageHeader.Bytes)));
        HnswImageHeader.Require(header.ImageBytes <= length, $"{header.ImageBytes} bytes are announced, {length} are there");
        HnswImageHeader.Require(header.Metric == metric, $"it is for {header.Metric}, not for {metric}");
        HnswImageHeader.Require(header.Dimension == rows.Dimension, $"it is for {header.Dimension} components, not for {rows.Dimension}");
        HnswImageHeader.Require(header.NodeCount <= rows.Count, $"it has {header.NodeCount} nodes for {rows.Count} rows");
        return header;
    }

    private HnswGraph(byte* image, HnswImageHeader header, VectorRows rows, NativeImage? memory)
        : this(rows, header.Metric, header.Options, header.Options.Codes, isMapped: true)
    {
        _base = new StridedChunks(image + header.BaseOffset, _baseLayout.Stride);
        _state = new StridedChunks(image + header.LevelsOffset, sizeof(byte));
        _upperFirst = new StridedChunks(image + header.UpperFirstOffset, sizeof(int));
        _nextEqual = new StridedChunks(image + header.NextEqualOffset, sizeof(int));
        _upper = new StridedChunks(image + header.UpperOffset, _upperLayout.Stride);
        if (header.HasSketches)
            _sketches = new StridedChunks(image + header.SketchesOffset, PrincipalSketch.Bytes);
        _upperCount = header.UpperCount;
        _entry = header.EntryRow < 0 ? NoEntry : ((long)header.TopLevel << 32) | (uint)header.EntryRow;
        _count = _started = _rowLimit = header.NodeCount;
        (_int8, _oneBit, _sketch) = GraphCodes.Read(header, new ReadOnlySpan<float>(image + header.CodecOffset, header.CodecFloats));
        try
        {
            CheckLinks();
            // From here on the image is ours to free.
            _image = memory;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The header of the image that would be written now.</summary>
    private HnswImageHeader DescribeImage(GraphCodes codes)
    {
        var entry = Volatile.Read(ref _entry);
        var started = Volatile.Read(ref _started);
        if (started != Count)
            throw new InvalidOperationException("An insertion is going on.");
        return new HnswImageHeader
        {
            Metric = Metric,
            Dimension = Rows.Dimension,
            Options = Options,
            NodeCount = started,
            EntryRow = entry == NoEntry ? -1 : RowOf(entry),
            TopLevel = entry == NoEntry ? -1 : LevelOf(entry),
            UpperCount = Volatile.Read(ref _upperCount),
            HasSketches = codes.HasSketches,
        };
    }

    /// <summary>Links by number of block.</summary>
    private delegate int* LinksAt(int number);

    /// <summary>Writes blocks with nothing but zeros behind their links, so that equal graphs have equal images.</summary>
    private static IEnumerable<int> WriteBlocks(HnswSink sink, byte[] buffer, int count, NodeLayout layout, LinksAt linksAt, Action<int, Span<byte>> encode)
    {
        var perPiece = Math.Max(1, SinkBytes / layout.Stride);
        for (var first = 0; first < count; first += perPiece)
        {
            var blocks = Math.Min(perPiece, count - first);
            sink(Fill(buffer.AsSpan(0, blocks * layout.Stride), first, layout, linksAt, encode));
            yield return blocks;
        }

        WritePadding(sink, (long)count * layout.Stride);
    }

    private static Span<byte> Fill(Span<byte> piece, int first, NodeLayout layout, LinksAt linksAt, Action<int, Span<byte>> encode)
    {
        piece.Clear();
        for (var i = 0; i < piece.Length / layout.Stride; i++)
        {
            var target = piece.Slice(i * layout.Stride, layout.Stride);
            var links = linksAt(first + i);
            new ReadOnlySpan<byte>(links, sizeof(int) * (1 + *links)).CopyTo(target[layout.LinksOffset..]);
            encode(first + i, target[..layout.CodeBytes]);
        }

        return piece;
    }

    private static IEnumerable<int> WriteItems(HnswSink sink, byte[] buffer, int count, int itemBytes, Action<int, Span<byte>> write)
    {
        var perPiece = SinkBytes / itemBytes;
        for (var first = 0; first < count; first += perPiece)
        {
            var items = Math.Min(perPiece, count - first);
            for (var i = 0; i < items; i++)
                write(first + i, buffer.AsSpan(i * itemBytes, itemBytes));
            sink(buffer.AsSpan(0, items * itemBytes));
            yield return items;
        }

        WritePadding(sink, (long)count * itemBytes);
    }

    // Sections start on the alignment, so the length of one decides the padding behind it.
    private static void WritePadding(HnswSink sink, long sectionBytes)
    {
        ReadOnlySpan<byte> zeros = stackalloc byte[HnswImageHeader.PaddingAt(sectionBytes)];
        if (!zeros.IsEmpty)
            sink(zeros);
    }

    private void FreeImage()
    {
        _image?.Dispose();
        _image = null;
    }
}
