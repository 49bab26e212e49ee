using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Lsh;

/// <summary>What a search in hash tables needs besides the index. One thread at a time uses it; it grows to the largest search and then allocates no more.</summary>
public sealed unsafe class LshScratch
{
    private readonly List<Probes> _probes = [];
    private PinnedBuffer<float> _query;
    private PinnedBuffer<byte> _marks;
    private int[] _values = [];
    private RowDistance[] _nearest = [];
    private byte _epoch;

    /// <summary>A byte per row: the row was seen when its byte is the current epoch.</summary>
    internal byte* Marks => _marks.First;

    internal float* Query(ReadOnlySpan<float> query)
    {
        var copy = _query.Ensure(query.Length);
        query.CopyTo(new Span<float>(copy, query.Length));
        return copy;
    }

    /// <summary>Begins a search: no row has been seen.</summary>
    /// <returns>The epoch of this search.</returns>
    internal byte Begin(int rows)
    {
        _marks.Ensure(rows);
        if (++_epoch == 0)
        {
            new Span<byte>(_marks.First, _marks.Length).Clear();
            _epoch = 1;
        }

        return _epoch;
    }

    internal Probes Probes(int table)
    {
        while (_probes.Count <= table)
            _probes.Add(new Probes());
        return _probes[table];
    }

    /// <summary>The query's values, of all tables.</summary>
    internal Span<int> Values(int count)
    {
        if (_values.Length < count)
            _values = new int[count];
        return _values.AsSpan(0, count);
    }

    internal TopK Nearest(int k)
    {
        if (_nearest.Length < k)
            _nearest = new RowDistance[k];
        return new TopK(_nearest, k);
    }
}
