using JadeVector.Engine.Distance;
using JadeVector.Engine.Flat;
using JadeVector.Engine.Memory;

namespace JadeVector.Cli.Measuring;

/// <summary>The true nearest rows of queries, by comparing every row.</summary>
/// <remarks>For the cosine, rows and queries must have unit length.</remarks>
public sealed class ExactTruth
{
    /// <summary>Rows whose distances differ by less than float32 can tell are as good as each other.</summary>
    private const float TieTolerance = 1e-5f;

    private readonly NativeVectorRows _rows;
    private readonly Metric _metric;
    private readonly IReadOnlyList<float[]> _queries;
    private readonly float[] _lastDistances;

    private ExactTruth(NativeVectorRows rows, Metric metric, IReadOnlyList<float[]> queries, int k)
    {
        (_rows, _metric, _queries, K) = (rows, metric, queries, Math.Min(k, rows.Count));
        _lastDistances = new float[queries.Count];
    }

    /// <summary>Results wanted, at most the number of rows.</summary>
    public int K { get; }

    public static ExactTruth Compute(NativeVectorRows rows, Metric metric, IReadOnlyList<float[]> queries, int k, CancellationToken cancellation)
    {
        var truth = new ExactTruth(rows, metric, queries, k);
        Parallel.For(0, queries.Count, new ParallelOptions { CancellationToken = cancellation }, query =>
        {
            var nearest = new TopK(truth.K);
            var stats = default(SearchStats);
            FlatScan.Search(rows, metric, 0, rows.Count, queries[query], default(AllRows), ref nearest, ref stats, cancellation);
            truth._lastDistances[query] = nearest.Items[^1].Distance;
        });
        return truth;
    }

    /// <summary>The share of the true nearest K that the found rows are; of rows at one distance any is right.</summary>
    /// <param name="found">Rows in any order; a row counts once, and no more than K count.</param>
    public double Recall(int query, IEnumerable<int> found)
    {
        var last = _lastDistances[query];
        var bound = last + (Math.Abs(last) * TieTolerance);
        var right = found.Distinct().Count(row => DistanceKernels.Compute(_metric, _queries[query], _rows[row]) <= bound);
        return (double)Math.Min(right, K) / K;
    }
}
