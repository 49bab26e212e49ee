using System.Runtime.CompilerServices;
using JadeVector.Engine.Distance;

namespace JadeVector.Engine.Hnsw;

/// <summary>
/// The nearest of rows that are compared one after the other, by code, and what they tell of those to come: how far away a row need not be looked at,
/// and how much of a distance sketches hide where this query finds its nearest.
/// </summary>
/// <remarks>A mutable struct over memory that is lent: keep it in a local variable.</remarks>
internal unsafe struct ChosenCandidates(ulong* keys, int k, int capacity)
{
    /// <summary>Rows from which is learned what sketches hide.</summary>
    private const int Sample = 32;

    /// <summary>Standard deviations of what sketches hide that are allowed for. The rows of a part are so many that three leave some out.</summary>
    private const float Deviations = 3.5f;

    private readonly int _near = Math.Max(k, Sample);
    private CandidatePool _pool = new(keys, capacity);
    private bool _isNews;

    /// <summary>Rows that were kept, nearest first in the memory that was lent.</summary>
    public readonly int Count => _pool.Count;

    /// <summary>A row whose code is farther than this is not among the k nearest, by as much as the error of two codes, or would not be kept.</summary>
    public float Limit { get; private set; } = float.PositiveInfinity;

    /// <summary>Compares rows by code, and keeps those within the limit that the filter includes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Compare<TScorer, TFilter>(ref TScorer scorer, int* rows, int count, TFilter filter)
        where TScorer : struct, IScorer
        where TFilter : struct, IRowFilter
    {
        for (var i = 0; i < count; i++)
        {
            var distance = scorer.To(rows[i]);
            // The filter is asked last: to look up one row costs as much as to compare another.
            if (distance > Limit || CandidateKey.Of(rows[i], distance) >= _pool.Bound || !filter.Includes(rows[i]))
                continue;
            Keep(ref scorer, rows[i], distance);
        }
    }

    /// <summary>
    /// Has sketches allow for as much as they hide of the distances of the nearest rows so far, and some deviations more. Rows that are far from the query have little
    /// in common with it outside of a sketch, much less than near ones, for which a sketch allows by itself. When nearer rows are found, they tell of others near them.
    /// </summary>
    public void Learn<TScorer>(ref TScorer scorer)
        where TScorer : struct, IScorer
    {
        if (!_isNews || _pool.Count < _near)
            return;
        _isNews = false;
        float sum = 0, squares = 0;
        for (var i = 0; i < Sample; i++)
        {
            var key = keys[(int)((long)i * _near / Sample)];
            var hidden = scorer.HiddenIn(CandidateKey.Row(key), CandidateKey.Distance(key));
            sum += hidden;
            squares += hidden * hidden;
        }

        var mean = sum / Sample;
        scorer.Allow(mean + (Deviations * MathF.Sqrt(Math.Max(0, (squares / Sample) - (mean * mean)))));
    }

    private void Keep<TScorer>(ref TScorer scorer, int row, float distance)
        where TScorer : struct, IScorer
    {
        var place = _pool.Insert(CandidateKey.Of(row, distance));
        _isNews |= place < _near;
        if (_pool.Count < k)
            return;
        var last = CandidateKey.Distance(keys[k - 1]);
        if (place < k)
            Limit = last + (2 * scorer.ErrorOf(CandidateKey.Row(keys[k - 1]), last));
        if (_pool.IsFull)
            Limit = Math.Min(Limit, CandidateKey.Distance(_pool.Bound));
    }
}
