using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Ivf;

/// <summary>What a search in cells needs besides the index. One thread at a time uses it; it grows to the largest search and then allocates no more.</summary>
public sealed unsafe class IvfScratch
{
    private PinnedBuffer<float> _query;
    private PinnedBuffer<float> _distances;
    private PinnedBuffer<byte> _table;
    private PinnedBuffer<ulong> _candidates;
    private RowDistance[] _cells = [];
    private RowDistance[] _nearest = [];

    internal float* Query(ReadOnlySpan<float> query)
    {
        var copy = _query.Ensure(query.Length);
        query.CopyTo(new Span<float>(copy, query.Length));
        return copy;
    }

    /// <summary>Room for a query's table in float32.</summary>
    internal float* Distances(int groups) => _distances.Ensure(groups * ProductQuantizer.Centroids);

    /// <summary>Room for a query's table in bytes.</summary>
    internal byte* Table(int groups) => _table.Ensure(groups * ProductQuantizer.Centroids);

    internal ulong* Candidates(int capacity) => _candidates.Ensure(capacity);

    internal TopK Cells(int count)
    {
        if (_cells.Length < count)
            _cells = new RowDistance[count];
        return new TopK(_cells, count);
    }

    internal TopK Nearest(int k)
    {
        if (_nearest.Length < k)
            _nearest = new RowDistance[k];
        return new TopK(_nearest, k);
    }
}
