using System.Runtime.CompilerServices;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Hnsw;

/// <summary>Compares the vectors themselves.</summary>
internal unsafe struct FloatScorer<TDistance>(VectorRows rows, float* query) : IScorer
    where TDistance : IDistance
{
    /// <summary>Bytes of a vector that are fetched ahead; what follows in a longer one the processor fetches by itself once it is being read.</summary>
    private const int PrefetchBytes = 256;

    private readonly VectorRows _rows = rows;
    private readonly int _dimension = rows.Dimension;
    private float* _query = query;

    public static bool Sifts => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly float To(int row) => TDistance.Compute(_query, _rows.Row(row), _dimension);

    public readonly float AtLeast(int row) => float.NegativeInfinity;

    public readonly int Sift(int* rows, int count, float limit) => count;

    public readonly float HiddenIn(int row, float distance) => 0;

    public readonly void Allow(float hidden)
    {
    }

    public readonly float ErrorOf(int row, float distance) => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Prefetch(int row) => Memory.Prefetch.Lines(_rows.Row(row), Math.Min(PrefetchBytes, _dimension * sizeof(float)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void PrefetchFirst(int row) => Prefetch(row);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Aim(int row) => _query = _rows.Row(row);
}
