using System.Runtime.CompilerServices;
using JadeVector.Engine.Quantization;

namespace JadeVector.Engine.Hnsw;

/// <summary>Compares one-bit codes, which start the blocks of level 0. For searching only: two codes tell too little of each other to build on.</summary>
internal unsafe struct OneBitScorer(HnswGraph graph, int codeBytes, BitQuery query) : IScorer
{
    private readonly HnswGraph _graph = graph;
    private readonly int _codeBytes = codeBytes;
    private readonly BitQuery _query = query;

    public static bool Sifts => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float To(int row)
    {
        var distance = _query.To(_graph.Block(row));
        return float.IsNaN(distance) ? float.PositiveInfinity : distance;
    }

    public readonly float AtLeast(int row) => float.NegativeInfinity;

    public readonly int Sift(int* rows, int count, float limit) => count;

    public readonly float HiddenIn(int row, float distance) => 0;

    public readonly void Allow(float hidden)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float ErrorOf(int row, float distance) => _query.ErrorOf(_graph.Block(row));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Prefetch(int row) => Memory.Prefetch.Lines(_graph.Block(row), _codeBytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void PrefetchFirst(int row) => Prefetch(row);

    public readonly void Aim(int row) => throw new InvalidOperationException("One-bit codes are not compared with each other.");
}
