using JadeVector.Engine.Distance;
using JadeVector.Engine.Flat;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Tuning;

/// <summary>Searches an index with a setting (efSearch, nprobe, probes).</summary>
/// <param name="query">Shape [dimension]; unit length when the metric is cosine.</param>
/// <param name="results">Takes the rows, nearest first.</param>
/// <returns>How many were found.</returns>
public delegate int SettingSearch(ReadOnlySpan<float> query, int setting, Span<RowDistance> results);

/// <summary>
/// Finds out on the data itself which setting of an index reaches a recall. The queries are rows that were moved as far as their nearest neighbour is, in a
/// direction in which two of their neighbours differ: as far from the others as a fresh row would be, and in the same surface. Rows as they are, or points
/// between them, would flatter the index, whose links and cells were made for them. The exact answers come from a scan.
/// </summary>
public sealed class RecallTuner
{
    public const int QueriesMin = 10, QueriesDefault = 200, QueriesMax = 10_000;

    private const int QueriesPerPass = 8;
    private const int NeighboursMin = 10;

    /// <summary>Rows whose distances differ by less than float32 can tell are as good as each other.</summary>
    private const float TieTolerance = 1e-5f;

    private readonly VectorRows _rows;
    private readonly Metric _metric;
    private readonly int _k;
    private readonly float[][] _queries;
    private readonly float[] _bounds;   // distance of the last of the true k

    private RecallTuner(VectorRows rows, Metric metric, int k, float[][] queries, float[] bounds)
    {
        (_rows, _metric, _k, _queries, _bounds) = (rows, metric, k, queries, bounds);
    }

    /// <summary>The points that settings are tried with.</summary>
    public IReadOnlyList<float[]> Queries => _queries;

    /// <summary>Draws queries and scans for their exact answers.</summary>
    /// <param name="rows">At least two; unit length when the metric is cosine.</param>
    /// <param name="k">Results that searches will ask for, 1 or more; counts as the number of rows where those are fewer.</param>
    /// <param name="queries">How many, <see cref="QueriesMin"/> to <see cref="QueriesMax"/>: with n of them a recall is known to within about √(recall · (1 - recall) / (n k)).</param>
    /// <param name="random">Draws the rows.</param>
    /// <exception cref="ArgumentException">There are fewer than two rows.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static RecallTuner Create(VectorRows rows, Metric metric, int k, int queries, Random random, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(queries, QueriesMin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(queries, QueriesMax);
        var count = rows.Count;
        if (count < 2)
            throw new ArgumentException("There are fewer than two rows.", nameof(rows));
        k = Math.Min(k, count);
        var points = new float[queries][];
        for (var i = 0; i < queries; i++)
            points[i] = rows[random.Next(count)].ToArray();
        // Neighbours in space, whatever the metric: the inner product's are not near.
        var nearest = Scan(rows, count, Metric.Euclidean, Math.Min(Math.Max(k, NeighboursMin) + 1, count), points, cancellation);
        for (var i = 0; i < queries; i++)
        {
            Move(points[i], rows, nearest[i], random);
            if (metric == Metric.Cosine)
                DistanceKernels.Normalize(points[i]);
        }

        var truth = Scan(rows, count, metric, k, points, cancellation);
        var bounds = new float[queries];
        for (var i = 0; i < queries; i++)
        {
            var last = truth[i][^1].Distance;
            bounds[i] = last + (Math.Abs(last) * TieTolerance);
        }

        return new RecallTuner(rows, metric, k, points, bounds);
    }

    /// <summary>The share of the true nearest that a setting finds, mean over the queries; counted by distance, so that of equal rows any is right.</summary>
    public double Recall(int setting, SettingSearch search, CancellationToken cancellation)
    {
        var results = new RowDistance[_k];
        long right = 0;
        for (var i = 0; i < _queries.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var found = search(_queries[i], setting, results);
            foreach (var (row, _) in results.AsSpan(0, found))
                right += DistanceKernels.Compute(_metric, _queries[i], _rows[row]) <= _bounds[i] ? 1 : 0;
        }

        return (double)right / ((long)_k * _queries.Length);
    }

    /// <summary>The least setting between two that reaches a recall.</summary>
    /// <returns>Null when even the largest does not.</returns>
    public int? Tune(double target, int min, int max, SettingSearch search, CancellationToken cancellation) =>
        new LeastSetting(min, max, setting => Recall(setting, search, cancellation)).Find(target);

    /// <summary>Moves a row; <paramref name="nearest"/> are its neighbours, the row itself as a rule before all others.</summary>
    private static void Move(float[] point, VectorRows rows, RowDistance[] nearest, Random random)
    {
        var one = rows[nearest[random.Next(1, nearest.Length)].Row];
        var other = rows[nearest[random.Next(nearest.Length)].Row];
        // Equal rows give no direction; the query is then the row.
        var way = MathF.Sqrt(DistanceKernels.Compute(Metric.Euclidean, one, other));
        var scale = way > 0 ? MathF.Sqrt(nearest[1].Distance) / way : 0;
        for (var i = 0; i < point.Length; i++)
            point[i] += scale * (one[i] - other[i]);
    }

    private static RowDistance[][] Scan(VectorRows rows, int count, Metric metric, int k, float[][] points, CancellationToken cancellation)
    {
        var found = new RowDistance[points.Length][];
        SearchStats stats = default;
        for (var first = 0; first < points.Length; first += QueriesPerPass)
        {
            var queries = Math.Min(QueriesPerPass, points.Length - first);
            var values = new float[queries * rows.Dimension];
            var nearest = new TopK[queries];
            for (var i = 0; i < queries; i++)
            {
                points[first + i].CopyTo(values, i * rows.Dimension);
                nearest[i] = new TopK(k);
            }

            FlatScan.SearchEach(rows, metric, 0, count, values, default(AllRows), nearest.AsSpan(), ref stats, cancellation);
            for (var i = 0; i < queries; i++)
                found[first + i] = nearest[i].Items.ToArray();
        }

        return found;
    }
}
