using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Hnsw;

/// <summary>
/// What a search or an insertion needs besides the graph: which rows it has seen, its candidates, its query. One thread at a time uses it,
/// for any number of graphs one after the other; it grows to the largest and then allocates no more.
/// </summary>
public sealed unsafe class HnswScratch
{
    private PinnedBuffer<byte> _marks;
    private PinnedBuffer<ulong> _pool;
    private PinnedBuffer<int> _batch;
    private PinnedBuffer<float> _query;
    private PinnedBuffer<sbyte> _code;
    private PinnedBuffer<sbyte> _sketch;
    private PinnedBuffer<float> _rotated;
    private PinnedBuffer<ulong> _planes;
    private PinnedBuffer<ulong> _rescored;
    private PinnedBuffer<ulong> _selected;
    private PinnedBuffer<ulong> _crowd;
    private byte _epoch;

    /// <summary>Bytes held between uses, almost all of it marks: one for each row of the largest graph.</summary>
    public long MemoryBytes => _marks.Bytes + _pool.Bytes + _batch.Bytes + _query.Bytes + _code.Bytes + _sketch.Bytes + _rotated.Bytes + _planes.Bytes + _rescored.Bytes + _selected.Bytes + _crowd.Bytes;

    internal CandidateHeap Frontier { get; } = new();

    /// <summary>Links chosen per level, in <see cref="Selected"/>.</summary>
    internal int[] SelectedCounts { get; } = new int[HnswLimits.LevelMax + 1];

    /// <summary>A byte per row: the row was seen when its byte is the current epoch.</summary>
    internal byte* Marks => _marks.First;

    /// <summary>Keys in order, filled through a <see cref="CandidatePool"/>.</summary>
    internal ulong* Pool => _pool.First;

    /// <summary>Begins a walk over rows below <paramref name="rowLimit"/>: no row has been seen.</summary>
    /// <returns>The epoch of this walk.</returns>
    internal byte BeginWalk(int rowLimit, int poolCapacity, int batchCapacity)
    {
        _pool.Ensure(poolCapacity);
        _batch.Ensure(batchCapacity);
        _marks.Ensure(rowLimit);
        if (++_epoch == 0)
        {
            // One walk in 255 pays for forgetting the old marks; a byte a row keeps them in the cache.
            new Span<byte>(_marks.First, _marks.Length).Clear();
            _epoch = 1;
        }

        return _epoch;
    }

    /// <summary>Rows of one node's links that were not seen before.</summary>
    internal int* Batch(int length) => _batch.Ensure(length);

    /// <summary>A copy of the query that starts on a cache line.</summary>
    internal float* Query(ReadOnlySpan<float> query)
    {
        var copy = _query.Ensure(query.Length);
        query.CopyTo(new Span<float>(copy, query.Length));
        return copy;
    }

    /// <summary>Room for the code of a query, all zero.</summary>
    internal sbyte* Code(int length)
    {
        var code = _code.Ensure(length);
        new Span<sbyte>(code, length).Clear();
        return code;
    }

    /// <summary>Room for a query that is being rotated.</summary>
    internal float* Rotated(int length) => _rotated.Ensure(length);

    /// <summary>Room for the planes of a query.</summary>
    internal ulong* Planes(int length) => _planes.Ensure(length);

    /// <summary>Room for candidates after their vectors were compared.</summary>
    internal ulong* Rescored(int length) => _rescored.Ensure(length);

    /// <summary>Room for the sketch of a query.</summary>
    internal sbyte* Sketch() => _sketch.Ensure(Quantization.PrincipalSketch.Bytes);

    /// <summary>Room for the links of a new node on all its levels.</summary>
    internal ulong* Selected(int length) => _selected.Ensure(length);

    /// <summary>Room for the links of a full node and one more.</summary>
    internal ulong* Crowd(int length) => _crowd.Ensure(length);
}
