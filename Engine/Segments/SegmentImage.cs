using System.Runtime.InteropServices;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Hashing;
using JadeVector.Engine.Memory;
using JadeVector.Engine.MetadataIndexes;
using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Segments;

/// <summary>
/// The bytes of a segment to be, made from a sealed part: first prepared in slices of some milliseconds, then read piece by piece, the content and the footer. For one thread at a time.
/// </summary>
/// <remarks>Rows keep their numbers, dead ones too, so that the graph is written as it is. Deletes are not in it: they go on meanwhile, and are stored beside it.</remarks>
internal sealed unsafe class SegmentImage : IDisposable
{
    private const int IndexPieceBytes = 1024 * 1024;
    private const int SliceRows = 16 * 1024;
    private const long SliceBytes = 1024 * 1024;

    private readonly NativeChunkedArray<RowPlace> _places = new();
    private readonly ImagePieces _graph = new();
    private readonly ImagePieces _metadata = new();
    private readonly GrowingPart _part;
    private readonly int _count;
    private readonly int _slotCapacity;
    private readonly IEnumerator<int> _slices;
    private ISegmentIndex? _index;
    private List<(SegmentSection Kind, bool IsOptional, SectionSource Source)> _sources = [];
    private uint[] _checksums = [];
    private SegmentHeader? _header;
    private ulong* _slots;
    private long _heapBytes;
    private long _position;

    /// <param name="part">Sealed, and wholly linked if it has a graph.</param>
    /// <param name="blob">The name that the segment will have.</param>
    public SegmentImage(GrowingPart part, string blob)
    {
        _part = part;
        _count = part.Count;
        _slotCapacity = IdSlots.CapacityFor(_count);
        _slots = (ulong*)NativeMemory.AllocZeroed((nuint)_slotCapacity, sizeof(ulong));
        _places.EnsureCount(_count);
        _slices = Slices(blob);
    }

    /// <exception cref="InvalidOperationException">It is not prepared.</exception>
    public SegmentHeader Header => _header ?? throw new InvalidOperationException("The segment is not prepared.");

    /// <summary>Does the next slice of what comes before the first byte: cells or hash tables, the image of the graph, the indexes of ids and metadata.</summary>
    /// <returns>False when nothing is left to do.</returns>
    public bool Prepare() => _slices.MoveNext();

    /// <summary>Fills a buffer with the next bytes.</summary>
    /// <param name="buffer">A whole number of blocks.</param>
    /// <returns>Bytes filled in; 0 at the end.</returns>
    public int Read(Span<byte> buffer)
    {
        System.Diagnostics.Debug.Assert(buffer.Length % SegmentHeader.BlockBytes == 0, "The buffer holds whole blocks.");
        if (_position >= Header.ContentLength)
            return ReadFooter(buffer);
        var length = (int)Math.Min(buffer.Length, Header.ContentLength - _position);
        var content = buffer[..length];
        for (var filled = 0; filled < length;)
            filled += ReadContent(content[filled..], _position + filled);
        for (var start = 0; start < length; start += SegmentHeader.BlockBytes)
        {
            var block = (int)((_position + start) / SegmentHeader.BlockBytes);
            _checksums[block] = Checksum(content.Slice(start, Math.Min(SegmentHeader.BlockBytes, length - start)), block);
        }

        _position += length;
        return length;
    }

    /// <summary>Of one block: seeded with its number, so that a block in another's place is noticed.</summary>
    public static uint Checksum(ReadOnlySpan<byte> block, int number) => Crc32C.Compute(block, (uint)number + 1);

    /// <summary>Of the block checksums.</summary>
    public static uint FooterChecksum(ReadOnlySpan<byte> checksums) => Crc32C.Compute(checksums, 0x4A616465);

    public void Dispose()
    {
        _slices.Dispose();
        _places.Dispose();
        _graph.Dispose();
        _metadata.Dispose();
        _index?.Dispose();
        NativeMemory.Free(_slots);
        _slots = null;
    }

    private IEnumerator<int> Slices(string blob)
    {
        using (var building = SegmentIndexes.Start(_part.Rows, _part.Config))
        {
            while (building?.Step() ?? false)
            {
                _part.ReportIndexed(building.Done, building.Total);
                yield return 0;
            }

            _index = building?.Take();
            _part.ReportIndexed(1, 1);
        }

        foreach (var step in (Action<int, int>[])[PlaceRows, EnterIds])
        {
            for (var first = 0; first < _count; first += SliceRows)
            {
                step(first, Math.Min(first + SliceRows, _count));
                yield return 0;
            }
        }

        var written = 0L;
        foreach (var _ in _part.Graph?.WriteInPieces(_graph.Add) ?? [])
        {
            if (_graph.Length - written < SliceBytes)
                continue;
            written = _graph.Length;
            yield return 0;
        }

        var metadata = new MetadataIndexBuilder();
        for (var first = 0; first < _count; first += SliceRows)
        {
            for (var row = first; row < Math.Min(first + SliceRows, _count); row++)
                metadata.Add(_part.Metadata(row));
            yield return 0;
        }

        // One index over all rows: those of the growing part are over blocks of it.
        metadata.Write(_metadata.Add);
        yield return 0;
        Plan(blob);
    }

    private void Plan(string blob)
    {
        _sources = Sources(_part, _count, _heapBytes);
        _header = SegmentHeader.Plan(
            _part.Rows.Dimension, _part.Config.Metric, _count, _part.Versions[0], _part.Versions[_count - 1], blob, [.. _sources.Select(s => (s.Kind, s.IsOptional, s.Source.Length))]);
        _checksums = new uint[_header.BlockCount];
    }

    private void PlaceRows(int first, int end)
    {
        for (var row = first; row < end; row++)
        {
            _places[row] = _part.Places[row] with { Offset = _heapBytes };
            _heapBytes += _places[row].HeapLength;
        }
    }

    /// <summary>In order of age, each row takes the slot of the one that it replaced: the latest row of an id is found.</summary>
    private void EnterIds(int first, int end)
    {
        for (var row = first; row < end; row++)
            IdSlots.Put(_slots, _slotCapacity - 1, ShardRanges.HashOf(_part.Id(row)), row, _part.Places[row].PreviousRow);
    }

    /// <summary>The sections in the order in which they are stored. A further kind is added here, optional when a reader can do without it; one that would be empty is left out.</summary>
    private List<(SegmentSection Kind, bool IsOptional, SectionSource Source)> Sources(GrowingPart part, int count, long heapBytes)
    {
        var stride = (int)SegmentHeader.StrideBytes(part.Rows.Dimension);
        List<(SegmentSection Kind, bool IsOptional, SectionSource Source)> sources =
        [
            (SegmentSection.Versions, false, new(sizeof(ulong) * (long)count, count, row => new ReadOnlySpan<byte>(part.Versions.At(row), sizeof(ulong)))),
            (SegmentSection.Places, false, new(RowPlace.SizeBytes * (long)count, count, row => new ReadOnlySpan<byte>(_places.At(row), RowPlace.SizeBytes))),
            (SegmentSection.Ids, false, new(sizeof(ulong) * (long)_slotCapacity, _slotCapacity, slot => new ReadOnlySpan<byte>(_slots + slot, sizeof(ulong)))),
            (SegmentSection.Vectors, false, Vectors(part.Rows, count, stride)),
            (SegmentSection.Heap, false, new(heapBytes, count, row => part.Heap(part.Places[row].Offset, part.Places[row].HeapLength))),
        ];
        if (part.Config.Metric is Metric.Cosine)
            sources.Add((SegmentSection.Given, false, Vectors(part.Given, count, stride)));
        if (_graph.Length > 0)
            sources.Add((SegmentSection.Graph, false, _graph.ToSection()));
        if (_index is not null)
            sources.Add((_index.Section, false, new(_index.ImageBytes, PiecesOf(_index.ImageBytes), PieceOf)));
        sources.Add((SegmentSection.MetadataIndex, true, _metadata.ToSection()));
        return sources;
    }

    private static int PiecesOf(long bytes) => checked((int)((bytes + IndexPieceBytes - 1) / IndexPieceBytes));

    private ReadOnlySpan<byte> PieceOf(int piece)
    {
        var offset = (long)piece * IndexPieceBytes;
        return _index!.ImageSlice(offset, (int)Math.Min(IndexPieceBytes, _index.ImageBytes - offset));
    }

    private static SectionSource Vectors(VectorRows rows, int count, int stride) =>
        new((long)stride * count, count, row => new ReadOnlySpan<byte>(rows.Row(row), stride));

    /// <summary>Fills in bytes of the header, of one section, or of the zeros behind it.</summary>
    private int ReadContent(Span<byte> target, long position)
    {
        if (position < SegmentHeader.Bytes)
        {
            Span<byte> header = stackalloc byte[SegmentHeader.Bytes];
            Header.Write(header);
            return Copy(header[(int)position..], target);
        }

        // The last one that starts at or before the position: empty ones before it start there too.
        var section = Header.Sections.Length - 1;
        while (Header.Sections[section].Place.Offset > position)
            section--;
        var (kind, _, place) = Header.Sections[section];
        var left = place.Offset + place.Length - position;
        if (left > 0)
        {
            var read = _sources[section].Source.Read(target[..(int)Math.Min(target.Length, left)]);
            return read > 0 ? read : throw new InvalidOperationException($"The section {kind} is {left} bytes shorter than announced.");
        }

        var padding = (int)Math.Min(target.Length, SegmentHeader.Align(position + 1) - position);
        target[..padding].Clear();
        return padding;
    }

    private int ReadFooter(Span<byte> buffer)
    {
        var done = _position - Header.ContentLength;
        var footer = new byte[Header.FooterBytes + SegmentHeader.Bytes];
        var checksums = footer.AsSpan(0, Header.FooterBytes);
        MemoryMarshal.AsBytes(_checksums.AsSpan()).CopyTo(checksums);
        MemoryMarshal.Write(checksums[^sizeof(uint)..], FooterChecksum(checksums[..^sizeof(uint)]));
        Header.Write(footer.AsSpan(Header.FooterBytes));
        var copied = Copy(footer.AsSpan((int)done), buffer);
        _position += copied;
        return copied;
    }

    private static int Copy(ReadOnlySpan<byte> source, Span<byte> target)
    {
        var count = Math.Min(source.Length, target.Length);
        source[..count].CopyTo(target);
        return count;
    }
}
