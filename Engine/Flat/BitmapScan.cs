using System.Numerics;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Flat;

/// <summary>Exact search of chosen rows: those whose bit is set are compared, the others cost nothing.</summary>
public static unsafe class BitmapScan
{
    /// <summary>Words between two looks at the cancellation token.</summary>
    private const int WordsPerCheck = 256;

    /// <summary>Rows whose vectors are being fetched while one is compared.</summary>
    private const int RowsAhead = 4;

    /// <summary>Bytes of a vector that are fetched ahead; what follows in a longer one the processor fetches by itself once it is being read.</summary>
    private const int PrefetchBytes = 512;

    private const int WordBits = 64;

    /// <summary>Offers to <paramref name="nearest"/> every chosen row that the filter includes.</summary>
    /// <param name="rows">Where the vectors are.</param>
    /// <param name="metric">How they are compared.</param>
    /// <param name="words">Bit <c>r % 64</c> of word <c>r / 64</c> chooses row r, which exists.</param>
    /// <param name="first">The first row that counts.</param>
    /// <param name="query">Shape [dimension]; unit length when the metric is cosine.</param>
    /// <param name="filter">Asked before the distance is computed.</param>
    /// <param name="nearest">Takes the rows; may hold some already.</param>
    /// <param name="stats">The work is added.</param>
    /// <param name="cancellation">Looked at every thousand rows or so.</param>
    /// <exception cref="ArgumentException">The query's dimension does not fit the rows.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; what was offered so far stays.</exception>
    public static void Search<TFilter, TNearest>(
        VectorRows rows, Metric metric, ReadOnlySpan<ulong> words, int first, ReadOnlySpan<float> query, TFilter filter, ref TNearest nearest, ref SearchStats stats, CancellationToken cancellation)
        where TFilter : struct, IRowFilter
        where TNearest : struct, INearestRows
    {
        if (query.Length != rows.Dimension)
            throw new ArgumentException($"Expected {rows.Dimension} components, got {query.Length}.", nameof(query));
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        fixed (float* values = query)
        {
            switch (metric)
            {
                case Metric.Cosine:
                    Scan<CosineDistance, TFilter, TNearest>(rows, words, first, values, filter, ref nearest, ref stats, cancellation);
                    break;
                case Metric.Euclidean:
                    Scan<SquaredEuclidean, TFilter, TNearest>(rows, words, first, values, filter, ref nearest, ref stats, cancellation);
                    break;
                case Metric.Dot:
                    Scan<DotDistance, TFilter, TNearest>(rows, words, first, values, filter, ref nearest, ref stats, cancellation);
                    break;
                default:
                    throw new ArgumentOutOfRangeException(nameof(metric), metric, "Unknown metric.");
            }
        }
    }

    private static void Scan<TDistance, TFilter, TNearest>(
        VectorRows rows, ReadOnlySpan<ulong> words, int first, float* query, TFilter filter, ref TNearest nearest, ref SearchStats stats, CancellationToken cancellation)
        where TDistance : IDistance
        where TFilter : struct, IRowFilter
        where TNearest : struct, INearestRows
    {
        var waiting = stackalloc int[RowsAhead + WordBits];
        var count = 0;
        for (var word = first / WordBits; word < words.Length; word++)
        {
            if (word % WordsPerCheck == 0)
                cancellation.ThrowIfCancellationRequested();
            var bits = words[word];
            if (word == first / WordBits)
                bits &= ulong.MaxValue << first;
            count = Gather(rows, word * WordBits, bits, filter, waiting, count);
            var compared = Math.Max(0, count - RowsAhead);
            stats.Distances += Compare<TDistance, TNearest>(rows, query, waiting, compared, ref nearest);
            for (var i = compared; i < count; i++)
                waiting[i - compared] = waiting[i];
            count -= compared;
        }

        stats.Distances += Compare<TDistance, TNearest>(rows, query, waiting, count, ref nearest);
    }

    private static int Gather<TFilter>(VectorRows rows, int firstOfWord, ulong bits, TFilter filter, int* waiting, int count)
        where TFilter : struct, IRowFilter
    {
        var prefetchBytes = Math.Min(PrefetchBytes, rows.Dimension * sizeof(float));
        for (; bits != 0; bits &= bits - 1)
        {
            var row = firstOfWord + BitOperations.TrailingZeroCount(bits);
            if (!filter.Includes(row))
                continue;
            Prefetch.Lines(rows.Row(row), prefetchBytes);
            waiting[count++] = row;
        }

        return count;
    }

    private static int Compare<TDistance, TNearest>(VectorRows rows, float* query, int* waiting, int count, ref TNearest nearest)
        where TDistance : IDistance
        where TNearest : struct, INearestRows
    {
        for (var i = 0; i < count; i++)
            nearest.Offer(waiting[i], TDistance.Compute(query, rows.Row(waiting[i]), rows.Dimension));
        return count;
    }
}
