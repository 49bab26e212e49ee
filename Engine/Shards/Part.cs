using JadeVector.Engine.Hnsw;
using JadeVector.Engine.Memory;
using JadeVector.Engine.Segments;

namespace JadeVector.Engine.Shards;

/// <summary>
/// Some of a shard's rows: growing in native memory or mapped from a segment. A row has the sequence number that wrote it (its version)
/// and the one that deleted or replaced it (0 while it is live). Nothing else of a row ever changes.
/// </summary>
/// <remarks>
/// A row is visible at sequence number S when version ≤ S and it was not deleted at or before S. Writers mark and append for later sequence
/// numbers at any time; readers that hold S see neither. Rows are in order of version.
/// A part is freed when the last <see cref="PartSet"/> or background job that holds it lets go.
/// For cosine, <see cref="Rows"/> are scaled to unit length, which is what kernels and graphs compare, and the given vectors are kept
/// beside them, because values come back bit for bit and dividing by a length cannot be undone. Only reads of values touch those, so in
/// a mapped segment they cost disk, not memory. For other metrics there is one copy.
/// </remarks>
internal abstract class Part
{
    private int _references;
    private int _deletedCount;

    /// <summary>Rows that can be read.</summary>
    public abstract int Count { get; }

    /// <summary>What is compared.</summary>
    public abstract VectorRows Rows { get; }

    /// <summary>The vectors as they were given.</summary>
    public abstract VectorRows Given { get; }

    /// <summary>Null for other indexes.</summary>
    public abstract HnswGraph? Graph { get; }

    /// <summary>Cells or hash tables; null for other indexes and for parts that are not segments yet, which are scanned.</summary>
    public virtual ISegmentIndex? SegmentIndex => null;

    public abstract NativeChunkedArray<ulong> Versions { get; }

    /// <summary>When each row was deleted or replaced; 0 for live ones.</summary>
    public abstract NativeChunkedArray<ulong> Deletes { get; }

    public abstract NativeChunkedArray<RowPlace> Places { get; }

    /// <summary>Indexes of the metadata of rows 0, 1, …, without gaps; rows behind the last are in none (yet).</summary>
    public abstract ReadOnlySpan<IndexedRows> MetadataIndexes { get; }

    /// <summary>Bytes of native memory.</summary>
    public abstract long NativeBytes { get; }

    /// <summary>Bytes of mapped files.</summary>
    public virtual long MappedBytes => 0;

    /// <summary>Adds what the part's memory, its metadata indexes and its mapped file are for.</summary>
    public abstract void AddTo(MemoryReport report);

    /// <summary>Rows that are marked as deleted, at whatever sequence number.</summary>
    public int DeletedCount => Volatile.Read(ref _deletedCount);

    /// <summary>Rows 0 to this, exclusive, are found through the index.</summary>
    public int LinkedCount => Graph is { } graph ? Math.Min(graph.Count, Count) : SegmentIndex?.Count ?? 0;

    /// <summary>The vector of a row as it was given.</summary>
    public virtual ReadOnlySpan<float> GivenRow(int row) => Given[row];

    /// <summary>Called before <see cref="Rows"/> are compared: what is read from disk is verified by then.</summary>
    public virtual void EnsureSearchable(CancellationToken cancellation)
    {
    }

    /// <summary>Bytes of ids, metadata and texts.</summary>
    public abstract ReadOnlySpan<byte> Heap(long offset, int length);

    /// <summary>The newest row of an id, live or not; -1 when the part has none.</summary>
    public abstract int FindLatest(ulong hash, ReadOnlySpan<byte> id);

    /// <summary>The row of an id that is live after everything applied so far, or -1. For the writer.</summary>
    public int FindLive(ulong hash, ReadOnlySpan<byte> id)
    {
        var row = FindLatest(hash, id);
        return row >= 0 && Deletes[row] == 0 ? row : -1;
    }

    /// <summary>The row of an id that is visible at a sequence number, or -1.</summary>
    public int FindVisible(ulong hash, ReadOnlySpan<byte> id, ulong sequence)
    {
        var row = FindLatest(hash, id);
        while (row >= 0 && Versions[row] > sequence)
            row = Places[row].PreviousRow;
        return row >= 0 && VisibleAt(sequence).Includes(row) ? row : -1;
    }

    public VisibleRows VisibleAt(ulong sequence) => new(Versions, Deletes, sequence);

    public ReadOnlySpan<byte> Id(int row)
    {
        ref readonly var place = ref Places[row];
        return Heap(place.Offset, place.IdLength);
    }

    /// <summary>Empty when there is none; whether there is none says <see cref="RowPlace.MetadataLength"/>.</summary>
    public ReadOnlySpan<byte> Metadata(int row)
    {
        ref readonly var place = ref Places[row];
        return place.MetadataLength <= 0 ? [] : Heap(place.Offset, place.HeapLength).Slice(place.IdLength, place.MetadataLength);
    }

    /// <summary>UTF-8; empty when there is none.</summary>
    public ReadOnlySpan<byte> Text(int row)
    {
        ref readonly var place = ref Places[row];
        return place.TextLength <= 0 ? [] : Heap(place.Offset, place.HeapLength)[^place.TextLength..];
    }

    /// <summary>Ends a live row. For the writer.</summary>
    public void MarkDeleted(int row, ulong sequence)
    {
        System.Diagnostics.Debug.Assert(Deletes[row] == 0, "A row is deleted once.");
        Volatile.Write(ref Deletes[row], sequence);
        Volatile.Write(ref _deletedCount, _deletedCount + 1);
    }

    public void Retain() => Interlocked.Increment(ref _references);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
            Free();
    }

    /// <summary>Nobody holds the part any more.</summary>
    protected abstract void Free();
}

