using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Flat;

/// <summary>Exact search: every row of a range is compared.</summary>
public static unsafe class FlatScan
{
    /// <summary>Rows between two looks at the cancellation token, at most.</summary>
    private const int BlockRowsMax = 1024;

    /// <summary>Bytes of rows that all queries are compared with before the scan goes on: they come from memory once and stay in the second-level cache.</summary>
    private const int BlockBytes = 128 * 1024;

    /// <summary>Offers to <paramref name="nearest"/> every row of a range that the filter includes.</summary>
    /// <param name="rows">Where the vectors are.</param>
    /// <param name="metric">How they are compared.</param>
    /// <param name="first">The first row of the range.</param>
    /// <param name="count">Rows in the range; first + count is at most the count of <paramref name="rows"/>.</param>
    /// <param name="query">Shape [dimension]; unit length when the metric is cosine.</param>
    /// <param name="filter">Asked before the distance is computed.</param>
    /// <param name="nearest">Takes the rows; may hold some already.</param>
    /// <param name="stats">The work is added.</param>
    /// <param name="cancellation">Looked at every thousand rows or so.</param>
    /// <exception cref="ArgumentException">The query's dimension or the range does not fit the rows.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; what was offered so far stays.</exception>
    public static void Search<TFilter, TNearest>(
        VectorRows rows, Metric metric, int first, int count, ReadOnlySpan<float> query, TFilter filter, ref TNearest nearest, ref SearchStats stats, CancellationToken cancellation)
        where TFilter : struct, IRowFilter
        where TNearest : struct, INearestRows =>
        SearchEach(rows, metric, first, count, query, filter, new Span<TNearest>(ref nearest), ref stats, cancellation);

    /// <summary>The same for several queries in one pass over the rows: what it offers is what one search for each would, at the cost of reading the rows once.</summary>
    /// <param name="queries">One behind the other, shape [queries, dimension].</param>
    /// <param name="nearest">One for each query.</param>
    public static void SearchEach<TFilter, TNearest>(
        VectorRows rows, Metric metric, int first, int count, ReadOnlySpan<float> queries, TFilter filter, Span<TNearest> nearest, ref SearchStats stats, CancellationToken cancellation)
        where TFilter : struct, IRowFilter
        where TNearest : struct, INearestRows
    {
        if (queries.Length != (long)nearest.Length * rows.Dimension)
            throw new ArgumentException($"Expected {nearest.Length} times {rows.Dimension} components, got {queries.Length}.", nameof(queries));
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, rows.Count - first);
        fixed (float* values = queries)
        {
            switch (metric)
            {
                case Metric.Cosine:
                    Scan<CosineDistance, TFilter, TNearest>(rows, first, first + count, values, filter, nearest, ref stats, cancellation);
                    break;
                case Metric.Euclidean:
                    Scan<SquaredEuclidean, TFilter, TNearest>(rows, first, first + count, values, filter, nearest, ref stats, cancellation);
                    break;
                case Metric.Dot:
                    Scan<DotDistance, TFilter, TNearest>(rows, first, first + count, values, filter, nearest, ref stats, cancellation);
                    break;
                default:
                    throw new ArgumentOutOfRangeException(nameof(metric), metric, "Unknown metric.");
            }
        }
    }

    private static void Scan<TDistance, TFilter, TNearest>(
        VectorRows rows, int first, int end, float* queries, TFilter filter, Span<TNearest> nearest, ref SearchStats stats, CancellationToken cancellation)
        where TDistance : IDistance
        where TFilter : struct, IRowFilter
        where TNearest : struct, INearestRows
    {
        var blockRows = Math.Clamp(BlockBytes / (rows.StrideFloats * sizeof(float)), 1, BlockRowsMax);
        while (first < end)
        {
            cancellation.ThrowIfCancellationRequested();
            var stop = (int)Math.Min(end, (long)first + blockRows);
            for (var query = 0; query < nearest.Length; query++)
                stats.Distances += ScanBlock<TDistance, TFilter, TNearest>(rows, first, stop, queries + ((nint)query * rows.Dimension), filter, ref nearest[query]);
            first = stop;
        }
    }

    private static int ScanBlock<TDistance, TFilter, TNearest>(VectorRows rows, int first, int end, float* query, TFilter filter, ref TNearest nearest)
        where TDistance : IDistance
        where TFilter : struct, IRowFilter
        where TNearest : struct, INearestRows
    {
        var dimension = rows.Dimension;
        var compared = 0;
        for (var row = first; row < end; row++)
        {
            if (!filter.Includes(row))
                continue;
            nearest.Offer(row, TDistance.Compute(query, rows.Row(row), dimension));
            compared++;
        }

        return compared;
    }
}
