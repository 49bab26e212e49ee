using JadeVector.Engine.Distance;

namespace JadeVector.Engine.Hnsw;

public sealed unsafe partial class HnswGraph
{
    /// <summary>Finds rows near to a query: approximately the nearest that the filter includes (Algorithm 5, with the paper's early stop).</summary>
    /// <param name="query">Shape [dimension]; unit length when the metric is cosine.</param>
    /// <param name="k">Rows asked for, 1 or more.</param>
    /// <param name="ef">Candidate list length, <see cref="HnswLimits.EfSearchMin"/> to <see cref="HnswLimits.EfSearchMax"/>; counts as k where it is less. More finds more and costs more.</param>
    /// <param name="filter">Rows that it leaves out are walked through, never returned, and do not fill the candidate list.</param>
    /// <param name="scratch">Used by nobody else meanwhile.</param>
    /// <param name="results">Takes the rows, nearest first, ties by lower row; room for k.</param>
    /// <param name="stats">The work is added.</param>
    /// <param name="cancellation">Looked at every thousand hops or so.</param>
    /// <returns>How many rows were found, at most k. A row beyond <see cref="Count"/> may be among them while other threads insert.</returns>
    /// <exception cref="ArgumentException">The query's dimension, k, ef or the room for results does not fit.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; <paramref name="results"/> is as it was.</exception>
    /// <remarks>Never locks. The fewer rows the filter includes the longer the walk: in the extreme, every node is visited.</remarks>
    public int Search<TFilter>(
        ReadOnlySpan<float> query, int k, int ef, TFilter filter, HnswScratch scratch, Span<RowDistance> results, ref SearchStats stats, CancellationToken cancellation)
        where TFilter : struct, IRowFilter
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (query.Length != Rows.Dimension)
            throw new ArgumentException($"Expected {Rows.Dimension} components, got {query.Length}.", nameof(query));
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, results.Length);
        ArgumentOutOfRangeException.ThrowIfLessThan(ef, HnswLimits.EfSearchMin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ef, HnswLimits.EfSearchMax);
        cancellation.ThrowIfCancellationRequested();
        var values = scratch.Query(query);
        var found = Metric switch
        {
            Metric.Cosine => Find<CosineDistance, TFilter>(values, Math.Max(k, ef), filter, scratch, ref stats, cancellation),
            Metric.Euclidean => Find<SquaredEuclidean, TFilter>(values, Math.Max(k, ef), filter, scratch, ref stats, cancellation),
            Metric.Dot => Find<DotDistance, TFilter>(values, Math.Max(k, ef), filter, scratch, ref stats, cancellation),
            _ => throw new InvalidOperationException($"Unknown metric {Metric}."),
        };
        if (typeof(TFilter) == typeof(AllRows))
            return ExpandEquals(scratch.Pool, found, k, results);
        found = Math.Min(found, k);
        for (var i = 0; i < found; i++)
            results[i] = new RowDistance(CandidateKey.Row(scratch.Pool[i]), CandidateKey.Distance(scratch.Pool[i]));
        return found;
    }

    /// <summary>At most <paramref name="ef"/> keys in the scratch's pool, nearest first: of nodes when there is no filter, else of rows.</summary>
    private int Find<TDistance, TFilter>(float* query, int ef, TFilter filter, HnswScratch scratch, ref SearchStats stats, CancellationToken cancellation)
        where TDistance : IDistance
        where TFilter : struct, IRowFilter
    {
        var entry = Volatile.Read(ref _entry);
        if (entry == NoEntry)
            return 0;
        // Read after the entry point, so that the entry point is below it.
        var rowLimit = Volatile.Read(ref _rowLimit);
        var start = Descend<TDistance>(query, entry, downTo: 0, rowLimit, ref stats);
        return typeof(TFilter) == typeof(AllRows)
            ? WalkLevel<TDistance, BaseLevel>(query, start, 0, ef, rowLimit, scratch, ref stats, cancellation)
            : WalkFiltered<TDistance, TFilter>(query, start, ef, rowLimit, filter, scratch, ref stats, cancellation);
    }
}
