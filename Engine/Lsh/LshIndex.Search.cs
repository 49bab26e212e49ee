using JadeVector.Engine.Distance;
using JadeVector.Engine.Flat;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Lsh;

public sealed unsafe partial class LshIndex
{
    /// <summary>Finds rows near to a query: the nearest of those in the buckets that are likely to hold neighbours of it.</summary>
    /// <param name="query">Shape [dimension]; unit length when the metric is cosine.</param>
    /// <param name="k">Rows asked for, 1 or more.</param>
    /// <param name="probes">Buckets to look into in each table, <see cref="LshLimits.ProbesMin"/> to <see cref="LshLimits.ProbesMax"/>. More finds more and costs more.</param>
    /// <param name="filter">Rows that it leaves out are not returned and take nobody's place.</param>
    /// <param name="scratch">Used by nobody else meanwhile.</param>
    /// <param name="results">Takes the rows, nearest first, ties by lower row; room for k.</param>
    /// <param name="stats">The work is added.</param>
    /// <param name="cancellation">Looked at before every probe.</param>
    /// <returns>How many rows were found: k, or all that the filter includes when they are fewer, since all rows are compared where the buckets hold too few.</returns>
    /// <exception cref="ArgumentException">The query's dimension, a number or the room for results does not fit.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; <paramref name="results"/> is as it was.</exception>
    public int Search<TFilter>(
        ReadOnlySpan<float> query, int k, int probes, TFilter filter, LshScratch scratch, Span<RowDistance> results, ref SearchStats stats, CancellationToken cancellation)
        where TFilter : struct, IRowFilter
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (query.Length != Rows.Dimension)
            throw new ArgumentException($"Expected {Rows.Dimension} components, got {query.Length}.", nameof(query));
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(k, results.Length);
        ArgumentOutOfRangeException.ThrowIfLessThan(probes, LshLimits.ProbesMin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(probes, LshLimits.ProbesMax);
        k = Math.Min(k, Count);
        var values = scratch.Query(query);
        var nearest = Metric switch
        {
            Metric.Cosine => Find<CosineDistance, TFilter>(values, k, probes, filter, scratch, ref stats, cancellation),
            Metric.Euclidean => Find<SquaredEuclidean, TFilter>(values, k, probes, filter, scratch, ref stats, cancellation),
            Metric.Dot => Find<DotDistance, TFilter>(values, k, probes, filter, scratch, ref stats, cancellation),
            _ => throw new InvalidOperationException($"Unknown metric {Metric}."),
        };
        if (nearest.Count < k)
        {
            nearest.Clear();
            FlatScan.Search(Rows, Metric, 0, Count, query, filter, ref nearest, ref stats, cancellation);
        }

        nearest.Items.CopyTo(results);
        return nearest.Count;
    }

    private TopK Find<TDistance, TFilter>(float* query, int k, int probes, TFilter filter, LshScratch scratch, ref SearchStats stats, CancellationToken cancellation)
        where TDistance : IDistance
        where TFilter : struct, IRowFilter
    {
        var nearest = scratch.Nearest(k);
        var epoch = scratch.Begin(Count);
        var values = scratch.Values(Tables * Functions);
        for (var table = 0; table < Tables; table++)
        {
            var own = values.Slice(table * Functions, Functions);
            Hash(query, table, own, scratch.Probes(table));
            Compare<TDistance, TFilter>(query, table, BucketOf(own), filter, scratch.Marks, epoch, ref nearest, ref stats);
        }

        // Probe by probe over all tables, so that fewer probes look into the same buckets that more begin with.
        Span<int> changed = stackalloc int[Functions];
        for (var probe = 1; probe < probes; probe++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (var table = 0; table < Tables; table++)
            {
                values.Slice(table * Functions, Functions).CopyTo(changed);
                if (scratch.Probes(table).Next(changed))
                    Compare<TDistance, TFilter>(query, table, BucketOf(changed), filter, scratch.Marks, epoch, ref nearest, ref stats);
            }
        }

        return nearest;
    }

    /// <summary>The query's values in one table, and how far it is from having others.</summary>
    private void Hash(float* query, int table, Span<int> values, Probes probes)
    {
        probes.Clear();
        for (var function = 0; function < Functions; function++)
        {
            var projection = Project(query, table, function);
            values[function] = ValueOf(projection);
            if (_header.SliceWidth == 0)
            {
                probes.AddStep(function, values[function] == 1 ? -1 : 1, projection);
                continue;
            }

            probes.AddStep(function, -1, projection - values[function]);
            probes.AddStep(function, 1, values[function] + 1 - projection);
        }

        probes.Start();
    }

    private void Compare<TDistance, TFilter>(float* query, int table, int bucket, TFilter filter, byte* marks, byte epoch, ref TopK nearest, ref SearchStats stats)
        where TDistance : IDistance
        where TFilter : struct, IRowFilter
    {
        var starts = StartsOf(table);
        var rows = new ReadOnlySpan<int>(RowNumbersOf(table) + starts[bucket], starts[bucket + 1] - starts[bucket]);
        var bytes = Rows.Dimension * sizeof(float);
        for (var i = 0; i < rows.Length; i++)
        {
            if (i + 1 < rows.Length && marks[rows[i + 1]] != epoch)
                Prefetch.Lines(Rows.Row(rows[i + 1]), bytes);
            var row = rows[i];
            if (marks[row] == epoch)
                continue;
            marks[row] = epoch;
            if (!filter.Includes(row))
                continue;
            nearest.Offer(row, TDistance.Compute(query, Rows.Row(row), Rows.Dimension));
            stats.Distances++;
        }
    }
}
