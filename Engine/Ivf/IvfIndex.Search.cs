using System.Numerics;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Flat;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Ivf;

public sealed unsafe partial class IvfIndex
{
    /// <summary>More cells are looked into, so many times as many, while fewer rows than asked for were found.</summary>
    private const int WideningFactor = 4;

    /// <summary>Finds rows near to a query: the nearest of those in the cells nearest to it.</summary>
    /// <param name="query">Shape [dimension]; unit length when the metric is cosine.</param>
    /// <param name="k">Rows asked for, 1 or more.</param>
    /// <param name="probes">Cells to look into (nprobe), <see cref="IvfLimits.ProbesMin"/> or more; all when there are fewer. More finds more and costs more.</param>
    /// <param name="rescore">With codes, so many rows for each row asked for are compared exactly, <see cref="IvfLimits.RescoreMin"/> to <see cref="IvfLimits.RescoreMax"/>.</param>
    /// <param name="filter">Rows that it leaves out are not returned and take nobody's place.</param>
    /// <param name="scratch">Used by nobody else meanwhile.</param>
    /// <param name="results">Takes the rows, nearest first, ties by lower row; room for k.</param>
    /// <param name="stats">The work is added: distances to centres and of full vectors, not sums of codes.</param>
    /// <param name="cancellation">Looked at in every cell.</param>
    /// <returns>How many rows were found: k, or all that the filter includes when they are fewer, since further cells are looked into until then.</returns>
    /// <exception cref="ArgumentException">The query's dimension, a number or the room for results does not fit.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; <paramref name="results"/> is as it was.</exception>
    public int Search<TFilter>(
        ReadOnlySpan<float> query, int k, int probes, int rescore, TFilter filter, IvfScratch scratch, Span<RowDistance> results, ref SearchStats stats, CancellationToken cancellation)
        where TFilter : struct, IRowFilter
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (query.Length != Rows.Dimension)
            throw new ArgumentException($"Expected {Rows.Dimension} components, got {query.Length}.", nameof(query));
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, results.Length);
        ArgumentOutOfRangeException.ThrowIfLessThan(probes, IvfLimits.ProbesMin);
        ArgumentOutOfRangeException.ThrowIfLessThan(rescore, IvfLimits.RescoreMin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rescore, IvfLimits.RescoreMax);
        var values = scratch.Query(query);
        k = Math.Min(k, Count);
        for (probes = Math.Min(probes, ListCount); ; probes = (int)Math.Min(ListCount, (long)probes * WideningFactor))
        {
            var nearest = Metric switch
            {
                Metric.Cosine => Find<CosineDistance, TFilter>(values, k, probes, rescore, filter, scratch, ref stats, cancellation),
                Metric.Euclidean => Find<SquaredEuclidean, TFilter>(values, k, probes, rescore, filter, scratch, ref stats, cancellation),
                Metric.Dot => Find<DotDistance, TFilter>(values, k, probes, rescore, filter, scratch, ref stats, cancellation),
                _ => throw new InvalidOperationException($"Unknown metric {Metric}."),
            };
            if (nearest.Count < k && probes < ListCount)
                continue;
            nearest.Items.CopyTo(results);
            return nearest.Count;
        }
    }

    private TopK Find<TDistance, TFilter>(float* query, int k, int probes, int rescore, TFilter filter, IvfScratch scratch, ref SearchStats stats, CancellationToken cancellation)
        where TDistance : IDistance
        where TFilter : struct, IRowFilter
    {
        // Rows were put into cells by Euclidean distance, which for unit vectors has the order of the cosine.
        var cells = scratch.Cells(probes);
        FlatScan.Search(_centres, Metric == Metric.Dot ? Metric.Dot : Metric.Euclidean, 0, ListCount, new ReadOnlySpan<float>(query, Rows.Dimension), default(AllRows), ref cells, ref stats, cancellation);
        var nearest = scratch.Nearest(k);
        if (_quantizer is null)
        {
            foreach (var cell in cells.Items)
            {
                cancellation.ThrowIfCancellationRequested();
                Compare<TDistance, TFilter>(query, RowsOf(cell.Row), filter, ref nearest, ref stats);
            }

            return nearest;
        }

        var capacity = (int)Math.Min(Count, (long)k * rescore);
        var candidates = new CandidateRows(scratch.Candidates(capacity), capacity);
        var distances = scratch.Distances(_quantizer.Groups);
        var table = scratch.Table(_quantizer.Groups);
        _quantizer.FillTable(query, Metric, distances);
        QueryTable.Quantize(distances, _quantizer.Groups, table);
        foreach (var cell in cells.Items)
        {
            cancellation.ThrowIfCancellationRequested();
            ScanCodes(cell.Row, table, filter, ref candidates);
        }

        Rescore<TDistance>(query, candidates, ref nearest);
        stats.Distances += candidates.Count;
        return nearest;
    }

    private void Compare<TDistance, TFilter>(float* query, ReadOnlySpan<int> rows, TFilter filter, ref TopK nearest, ref SearchStats stats)
        where TDistance : IDistance
        where TFilter : struct, IRowFilter
    {
        var bytes = Rows.Dimension * sizeof(float);
        for (var i = 0; i < rows.Length; i++)
        {
            if (i + 1 < rows.Length)
                Prefetch.Lines(Rows.Row(rows[i + 1]), bytes);
            if (!filter.Includes(rows[i]))
                continue;
            nearest.Offer(rows[i], TDistance.Compute(query, Rows.Row(rows[i]), Rows.Dimension));
            stats.Distances++;
        }
    }

    /// <summary>Offers the rows of a cell whose sums of code distances are low enough.</summary>
    private void ScanCodes<TFilter>(int cell, byte* table, TFilter filter, ref CandidateRows candidates)
        where TFilter : struct, IRowFilter
    {
        var rows = RowsOf(cell);
        var pairs = _quantizer!.Groups / 2;
        var block = _codes + (_blockStarts[cell] * (long)CodeScan.BlockBytes(_quantizer.Groups));
        var sums = stackalloc ushort[CodeScan.BlockRows];
        for (var first = 0; first < rows.Length; first += CodeScan.BlockRows)
        {
            CodeScan.Sum(block, table, pairs, sums);
            block += pairs * CodeScan.BlockRows;
            var low = CodeScan.RowsBelow(sums, candidates.Bound) & (uint.MaxValue >> (CodeScan.BlockRows - Math.Min(CodeScan.BlockRows, rows.Length - first)));
            for (; low != 0; low &= low - 1)
            {
                var place = BitOperations.TrailingZeroCount(low);
                var row = rows[first + place];
                if (sums[place] < candidates.Bound && filter.Includes(row))
                    candidates.Offer(row, sums[place]);
            }
        }
    }

    private void Rescore<TDistance>(float* query, CandidateRows candidates, ref TopK nearest)
        where TDistance : IDistance
    {
        var bytes = Rows.Dimension * sizeof(float);
        for (var i = 0; i < candidates.Count; i++)
        {
            if (i + 1 < candidates.Count)
                Prefetch.Lines(Rows.Row(candidates[i + 1]), bytes);
            nearest.Offer(candidates[i], TDistance.Compute(query, Rows.Row(candidates[i]), Rows.Dimension));
        }
    }
}
