using System.Runtime.CompilerServices;
using JadeVector.Engine.Quantization;

namespace JadeVector.Engine.Hnsw;

/// <summary>Compares as another scorer does, and tells beforehand from one cache line per row which rows cannot be near.</summary>
internal unsafe struct SketchedScorer<TScorer>(TScorer codes, HnswGraph graph, SketchQuery query) : IScorer
    where TScorer : struct, IScorer
{
    private readonly HnswGraph _graph = graph;
    private SketchQuery _query = query;
    private TScorer _codes = codes;

    public static bool Sifts => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float To(int row) => _codes.To(row);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float AtLeast(int row) => _query.AtLeast(_graph.Sketch(row));

    public readonly int Sift(int* rows, int count, float limit) => _query.Sift(in _graph.Sketches, rows, count, limit);

    public readonly float HiddenIn(int row, float distance) => _query.HiddenIn(_graph.Sketch(row), distance);

    public void Allow(float hidden) => _query = _query.Allowing(hidden);

    public readonly float ErrorOf(int row, float distance) => _codes.ErrorOf(row, distance);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Prefetch(int row) => _codes.Prefetch(row);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void PrefetchFirst(int row) => Memory.Prefetch.Line(_graph.Sketch(row));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Aim(int row)
    {
        var codes = _codes;
        codes.Aim(row);
        _codes = codes;
    }
}
