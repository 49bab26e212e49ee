using System.Runtime.CompilerServices;
using JadeVector.Engine.Quantization;

namespace JadeVector.Engine.Hnsw;

/// <summary>Compares signed-byte codes, which start the blocks of level 0.</summary>
internal unsafe struct Int8Scorer : IScorer
{
    private readonly Int8Codec _codec;
    private readonly HnswGraph _graph;
    private readonly int _count;
    private readonly float _constant;
    private readonly float _factor;
    private sbyte* _query;
    private float _own;
    private float _times;

    public Int8Scorer(HnswGraph graph, Int8Codec codec, sbyte* query)
    {
        _codec = codec;
        _graph = graph;
        _count = codec.CodeCount;
        _constant = codec.Constant;
        _factor = codec.Factor;
        Aim(query);
    }

    public static bool Sifts => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float To(int row)
    {
        var code = (sbyte*)_graph.Block(row);
        var numbers = (float*)(code + _count);
        var distance = _own + numbers[0] + (_times * numbers[1] * SignedDot.Compute(_query, code, _count));
        return float.IsNaN(distance) ? float.PositiveInfinity : distance;
    }

    public readonly float AtLeast(int row) => float.NegativeInfinity;

    public readonly int Sift(int* rows, int count, float limit) => count;

    public readonly float HiddenIn(int row, float distance) => 0;

    public readonly void Allow(float hidden)
    {
    }

    public readonly float ErrorOf(int row, float distance) => _codec.ErrorAt(_query, distance);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Prefetch(int row) => Memory.Prefetch.Lines(_graph.Block(row), _count + (2 * sizeof(float)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void PrefetchFirst(int row) => Prefetch(row);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Aim(int row) => Aim((sbyte*)_graph.Block(row));

    private void Aim(sbyte* query)
    {
        _query = query;
        _own = _constant + ((float*)(query + _count))[0];
        _times = _factor * ((float*)(query + _count))[1];
    }
}
