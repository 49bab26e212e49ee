using JadeVector.Engine.Blobs;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Hnsw;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Memory;
using JadeVector.Engine.MetadataIndexes;
using JadeVector.Engine.Quantization;
using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Segments;

/// <summary>An immutable part over a mapped segment. In memory are which rows are deleted, and links with codes where the graph has codes.</summary>
internal sealed unsafe class SegmentPart : Part
{
    private readonly SegmentFile _file;
    private readonly ShardConfig _config;
    private readonly MappedVectorRows _rows;
    private readonly MappedVectorRows? _given;
    private readonly NativeChunkedArray<ulong> _versions;
    private readonly NativeChunkedArray<ulong> _deletes = new();
    private readonly NativeChunkedArray<RowPlace> _places;
    private readonly ulong* _slots;
    private readonly int _slotMask;
    private readonly byte* _heap;
    private bool _vectorsVerified;
    private readonly IndexedRows[] _metadataIndexes = [];
    private HeapShares _shares;

    /// <summary>Takes the file over.</summary>
    /// <exception cref="BlobDamagedException">It does not fit the shard, or contradicts itself although its checksums hold.</exception>
    public SegmentPart(SegmentFile file, ShardConfig config, string name, string blob)
    {
        _file = file;
        _config = config;
        Name = name;
        var header = file.Header;
        if (header.Dimension != config.Dimension || header.Metric != config.Metric)
        {
            file.Dispose();
            throw new BlobDamagedException(blob, $"it is of {header.Metric} in {header.Dimension} dimensions, the shard of {config.Metric} in {config.Dimension}");
        }

        var stride = (int)(SegmentHeader.StrideBytes(header.Dimension) / sizeof(float));
        Count = header.RowCount;
        _versions = new NativeChunkedArray<ulong>((ulong*)file.At(SegmentSection.Versions), Count);
        _places = new NativeChunkedArray<RowPlace>((RowPlace*)file.At(SegmentSection.Places), Count);
        _slots = (ulong*)file.At(SegmentSection.Ids);
        _slotMask = (int)(header[SegmentSection.Ids].Length / sizeof(ulong)) - 1;
        _rows = new MappedVectorRows((float*)file.At(SegmentSection.Vectors), Count, header.Dimension, stride);
        if (config.Metric is Metric.Cosine)
            _given = new MappedVectorRows((float*)file.At(SegmentSection.Given), Count, header.Dimension, stride);
        _heap = file.At(SegmentSection.Heap);
        _deletes.EnsureCount(Count);
        try
        {
            Check(header);
            var graph = header[SegmentSection.Graph];
            if (graph.Length > 0)
                Graph = OpenGraph(file.At(SegmentSection.Graph), graph.Length);
            if ((Graph?.Count ?? 0) != (config.Index is ShardIndexKind.Hnsw ? Count : 0))
                throw new InvalidDataException($"its graph has {Graph?.Count ?? 0} of {Count} rows");
            if (SegmentIndexes.SectionOf(config.Index) is { } section)
                SegmentIndex = MapIndex(section, header[section].Length);
            if (header[SegmentSection.MetadataIndex].Length > 0)
                _metadataIndexes = [new IndexedRows(0, MapMetadataIndex(header[SegmentSection.MetadataIndex].Length))];
        }
        catch (InvalidDataException damage)
        {
            Free();
            throw new BlobDamagedException(blob, damage.Message);
        }
    }

    /// <summary>As manifests have it.</summary>
    public string Name { get; }

    public ulong FirstSequence => _file.Header.FirstSequence;

    public ulong LastSequence => _file.Header.LastSequence;

    public override int Count { get; }

    public override VectorRows Rows => _rows;

    public override VectorRows Given => _given ?? _rows;

    public override HnswGraph? Graph { get; }

    public override ISegmentIndex? SegmentIndex { get; }

    public override NativeChunkedArray<ulong> Versions => _versions;

    public override NativeChunkedArray<ulong> Deletes => _deletes;

    public override NativeChunkedArray<RowPlace> Places => _places;

    public override ReadOnlySpan<IndexedRows> MetadataIndexes => _metadataIndexes;

    public override long NativeBytes => _deletes.MemoryBytes + (Graph?.MemoryBytes ?? 0);

    public override long MappedBytes => _file.Header.ContentLength;

    public override void AddTo(MemoryReport report)
    {
        var header = _file.Header;
        AddMapped(MemoryComponent.Vectors, SegmentSection.Vectors, SegmentSection.Given);
        AddMapped(MemoryComponent.Ids, SegmentSection.Ids);
        AddMapped(MemoryComponent.Metadata, SegmentSection.MetadataIndex);
        AddMapped(MemoryComponent.Rows, SegmentSection.Versions, SegmentSection.Places);
        report.AddMapped(MemoryComponent.Ids, _shares.Ids);
        report.AddMapped(MemoryComponent.Metadata, _shares.Metadata);
        report.AddMapped(MemoryComponent.Texts, _shares.Texts);
        report.AddMapped(MemoryComponent.Padding, header.ContentLength - _shares.Total - SectionBytes(header));
        report.AddMemory(MemoryComponent.Rows, _deletes.MemoryBytes);
        if (Graph is { } graph)
        {
            Split(graph.CodeBytes, graph.SketchBytes, MemoryComponent.Links, header[SegmentSection.Graph].Length, report.AddMapped);
            if (graph.MemoryBytes > 0)
                Split(graph.CodeBytes, graph.SketchBytes, MemoryComponent.Links, graph.MemoryBytes, report.AddMemory);
        }

        if (SegmentIndex is { } index)
            Split(index.CodeBytes, 0, MemoryComponent.Cells, header[index.Section].Length, report.AddMapped);

        void AddMapped(MemoryComponent component, params ReadOnlySpan<SegmentSection> sections)
        {
            foreach (var section in sections)
                report.AddMapped(component, header[section].Length);
        }

        static void Split(long codes, long sketches, MemoryComponent rest, long bytes, Action<MemoryComponent, long> add)
        {
            add(MemoryComponent.Codes, codes);
            add(MemoryComponent.Sketches, sketches);
            add(rest, bytes - codes - sketches);
        }
    }

    /// <summary>Of all sections but the heap.</summary>
    private static long SectionBytes(SegmentHeader header)
    {
        long bytes = 0;
        foreach (var section in header.Sections)
            bytes += section.Kind is SegmentSection.Heap ? 0 : section.Place.Length;
        return bytes;
    }

    /// <summary>What was found wrong with the segment since it was opened; null when nothing was.</summary>
    public BlobDamagedException? Damage => _file.Blocks.Damage;

    /// <exception cref="BlobDamagedException">The bytes are not what was written.</exception>
    public override ReadOnlySpan<byte> Heap(long offset, int length)
    {
        Ensure(SegmentSection.Heap, offset, length);
        return new(_heap + offset, length);
    }

    /// <exception cref="BlobDamagedException">The bytes are not what was written.</exception>
    public override ReadOnlySpan<float> GivenRow(int row)
    {
        Ensure(_given is null ? SegmentSection.Vectors : SegmentSection.Given, row * SegmentHeader.StrideBytes(Rows.Dimension), sizeof(float) * Rows.Dimension);
        return Given[row];
    }

    /// <exception cref="BlobDamagedException">The vectors are not what was written.</exception>
    public override void EnsureSearchable(CancellationToken cancellation)
    {
        if (!_vectorsVerified)
        {
            Ensure(SegmentSection.Vectors, 0, _file.Header[SegmentSection.Vectors].Length, cancellation);
            _vectorsVerified = true;
        }
    }

    /// <summary>Reads a block anew and notes when it is not what was written.</summary>
    /// <returns>False behind the last block.</returns>
    public bool Scrub(int block, byte[] buffer)
    {
        if (block >= _file.Blocks.Count)
            return false;
        if (!_file.Blocks.IsGood(block, buffer))
            _file.Blocks.Report(block);
        return true;
    }

    public override int FindLatest(ulong hash, ReadOnlySpan<byte> id) => IdSlots.Find(_slots, _slotMask, hash, id, this);

    protected override void Free()
    {
        Graph?.Dispose();
        SegmentIndex?.Dispose();
        _deletes.Dispose();
        _places.Dispose();
        _versions.Dispose();
        _given?.Dispose();
        _rows.Dispose();
        _file.Dispose();
    }

    private void Ensure(SegmentSection section, long offset, long length, CancellationToken cancellation = default)
    {
        if (!_file.Blocks.AllVerified)
            _file.Blocks.Ensure(_file.Header[section].Offset + offset, length, cancellation);
    }

    private MetadataIndex MapMetadataIndex(long length)
    {
        var index = MetadataIndex.Map(_file.At(SegmentSection.MetadataIndex), length);
        return index.RowCount == Count ? index : throw new InvalidDataException($"its metadata index has {index.RowCount} of {Count} rows");
    }

    private ISegmentIndex MapIndex(SegmentSection section, long length)
    {
        if (length == 0)
            throw new InvalidDataException($"it has no section {section}");
        var index = SegmentIndexes.Map(section, _rows, _config.Metric, _file.At(section), length);
        if (index.Count == Count)
            return index;
        index.Dispose();
        throw new InvalidDataException($"its section {section} has {index.Count} of {Count} rows");
    }

    /// <summary>Links without codes are used where they lie. With codes the graph comes into memory: it is what a walk reads at random, and the vectors stay on disk.</summary>
    private HnswGraph OpenGraph(byte* image, long length) =>
        _config.Codes is VectorCodes.None ? HnswGraph.Map(image, length, _rows, _config.Metric) : HnswGraph.Load(image, length, _rows, _config.Metric);

    /// <summary>Checks once what lookups rely on without checking: places inside the heap, slots that name rows, a free slot, order of versions.</summary>
    private void Check(SegmentHeader header)
    {
        var heapBytes = header[SegmentSection.Heap].Length;
        ulong previous = 0;
        for (var row = 0; row < Count; row++)
        {
            ref readonly var place = ref _places[row];
            var lengthsFit = place is { IdLength: > 0, MetadataLength: >= -1, TextLength: >= -1 } && (long)place.MetadataLength + place.TextLength <= int.MaxValue - ushort.MaxValue;
            if (!lengthsFit || place.Offset < 0 || place.Offset > heapBytes - place.HeapLength || place.PreviousRow < -1 || place.PreviousRow >= row)
                throw new InvalidDataException($"row {row} is outside of the heap");
            if (_versions[row] <= previous)
                throw new InvalidDataException($"row {row} is older than the one before it");
            previous = _versions[row];
            _shares.Add(place);
        }

        if (_versions[0] != FirstSequence || previous != LastSequence)
            throw new InvalidDataException("its versions are not those that its header tells");
        var free = 0L;
        for (var slot = 0; slot <= _slotMask; slot++)
        {
            free += _slots[slot] == 0 ? 1 : 0;
            if (_slots[slot] != 0 && (uint)IdSlots.RowOf(_slots[slot]) >= (uint)Count)
                throw new InvalidDataException($"slot {slot} of the ids names no row");
        }

        if (free == 0)
            throw new InvalidDataException("the table of ids has no free slot");
    }
}
