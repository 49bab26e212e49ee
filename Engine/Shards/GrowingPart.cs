using System.Runtime.InteropServices;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Hnsw;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Shards;

/// <summary>The part that takes new rows, until a checkpoint seals it and replaces it by a segment.</summary>
/// <remarks>One writer appends and marks; linkers link rows up to <see cref="PublishedCount"/>; readers need no lock.</remarks>
internal sealed class GrowingPart : Part
{
    private readonly NativeVectorRows _rows;
    private readonly NativeVectorRows? _given;
    private readonly NativeArena _heap = new();
    private readonly NativeChunkedArray<ulong> _versions = new();
    private readonly NativeChunkedArray<ulong> _deletes = new();
    private readonly NativeChunkedArray<RowPlace> _places = new();
    private readonly IdTable _ids = new();
    private readonly float[] _values;
    private HeapShares _shares;
    private int _count;
    private int _publishedCount;
    private int _indexedCount;
    private bool _linkingFailed;

    public GrowingPart(ShardConfig config)
    {
        Config = config;
        Indexes = new GrowingIndexes(this);
        _rows = new NativeVectorRows(config.Dimension);
        _values = new float[config.Dimension];
        if (config.Metric is Metric.Cosine)
            _given = new NativeVectorRows(config.Dimension);
        if (config.Index is ShardIndexKind.Hnsw)
            Graph = new HnswGraph(_rows, config.Metric, new HnswOptions { M = config.M, EfConstruction = config.EfConstruction, Codes = config.Codes });
    }

    public override int Count => Volatile.Read(ref _count);

    /// <summary>Rows that readers may have seen: what linkers may link.</summary>
    public int PublishedCount => Volatile.Read(ref _publishedCount);

    /// <summary>Linking has ended early: the rows beyond are scanned for good.</summary>
    public bool LinkingFailed
    {
        get => Volatile.Read(ref _linkingFailed);
        set => Volatile.Write(ref _linkingFailed, value);
    }

    /// <summary>
    /// Rows that are in the index of the segment to be, 0 to <see cref="Part.Count"/>: those that are linked into the graph. Of cells and hash tables, which are built
    /// over all rows at once, the share of the work that is done, in rows.
    /// </summary>
    public int IndexedCount => Config.Index is ShardIndexKind.Flat ? Count : Graph is { } graph ? Math.Min(graph.Count, Count) : Volatile.Read(ref _indexedCount);

    public ShardConfig Config { get; }

    public override VectorRows Rows => _rows;

    public override VectorRows Given => _given ?? _rows;

    public override HnswGraph? Graph { get; }

    /// <summary>Of the metadata; extended in the background.</summary>
    public GrowingIndexes Indexes { get; }

    public override ReadOnlySpan<IndexedRows> MetadataIndexes => Indexes.Blocks;

    public override NativeChunkedArray<ulong> Versions => _versions;

    public override NativeChunkedArray<ulong> Deletes => _deletes;

    public override NativeChunkedArray<RowPlace> Places => _places;

    public override long NativeBytes =>
        _rows.MemoryBytes + (_given?.MemoryBytes ?? 0) + _heap.MemoryBytes + _versions.MemoryBytes + _deletes.MemoryBytes + _places.MemoryBytes
        + _ids.MemoryBytes + (Graph?.MemoryBytes ?? 0);

    public override void AddTo(MemoryReport report)
    {
        report.AddMemory(MemoryComponent.Vectors, _rows.MemoryBytes + (_given?.MemoryBytes ?? 0));
        report.AddMemory(MemoryComponent.Ids, _ids.MemoryBytes + _shares.Ids);
        report.AddMemory(MemoryComponent.Metadata, Indexes.MemoryBytes + _shares.Metadata);
        report.AddMemory(MemoryComponent.Texts, _shares.Texts);
        report.AddMemory(MemoryComponent.Rows, _versions.MemoryBytes + _deletes.MemoryBytes + _places.MemoryBytes);
        if (Graph is not { } graph)
            return;
        report.AddMemory(MemoryComponent.Codes, graph.CodeBytes);
        report.AddMemory(MemoryComponent.Sketches, graph.SketchBytes);
        report.AddMemory(MemoryComponent.Links, Math.Max(0, graph.MemoryBytes - graph.CodeBytes - graph.SketchBytes));
    }

    public override ReadOnlySpan<byte> Heap(long offset, int length) => _heap.Slice(offset, length);

    public override int FindLatest(ulong hash, ReadOnlySpan<byte> id) => _ids.Find(hash, id, this);

    /// <summary>Appends a row; readers see it when its version is published.</summary>
    /// <param name="values">Little-endian float32, shape [dimension].</param>
    /// <param name="heap">Id, metadata and text.</param>
    /// <param name="place">Their lengths; offset and previous row are filled in here.</param>
    /// <param name="hash">Of the id.</param>
    /// <param name="version">Later than that of every row so far.</param>
    public void Append(ReadOnlySpan<byte> values, ReadOnlySpan<byte> heap, RowPlace place, ulong hash, ulong version)
    {
        var row = _count;
        values.CopyTo(MemoryMarshal.AsBytes(_values.AsSpan()));
        _given?.Append(_values);
        if (_given is not null)
            DistanceKernels.Normalize(_values);
        _rows.Append(_values);
        _versions.EnsureCount(row + 1);
        _deletes.EnsureCount(row + 1);
        _places.EnsureCount(row + 1);
        var previous = FindLatest(hash, heap[..place.IdLength]);
        place.Offset = _heap.Append(heap);
        place.PreviousRow = previous;
        _shares.Add(place);
        _places[row] = place;
        _versions[row] = version;
        // After all columns: whoever sees the row finds them whole.
        Volatile.Write(ref _count, row + 1);
        _ids.Put(hash, row, previous, this);
    }

    /// <summary>How much of the work on cells or hash tables is done.</summary>
    public void ReportIndexed(long done, long total) => Volatile.Write(ref _indexedCount, (int)((double)done / total * Count));

    /// <summary>Everything appended so far has been published.</summary>
    public void PublishRows() => Volatile.Write(ref _publishedCount, _count);

    protected override void Free()
    {
        Graph?.Dispose();
        _ids.Dispose();
        _places.Dispose();
        _deletes.Dispose();
        _versions.Dispose();
        _heap.Dispose();
        _given?.Dispose();
        _rows.Dispose();
    }
}
