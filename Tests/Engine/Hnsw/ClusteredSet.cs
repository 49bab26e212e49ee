using JadeVector.Engine.Distance;
using JadeVector.Engine.Flat;
using JadeVector.Engine.Hnsw;
using JadeVector.Engine.Memory;

namespace JadeVector.Tests.Engine.Hnsw;

/// <summary>Rows and queries from one mixture of Gaussian clusters, the same for the same arguments.</summary>
internal sealed class ClusteredSet : IDisposable
{
    private ClusteredSet(Metric metric, NativeVectorRows rows, float[][] queries)
    {
        Metric = metric;
        Rows = rows;
        Queries = queries;
    }

    public Metric Metric { get; }

    public NativeVectorRows Rows { get; }

    public float[][] Queries { get; }

    public static ClusteredSet Create(Metric metric, int rows, int queries, int dimension = 32, int seed = 20260101)
    {
        const int Clusters = 40;
        var random = new Random(seed);
        var centres = Enumerable.Range(0, Clusters).Select(_ => Gaussian(random, dimension, null, 1)).ToArray();
        var scales = Enumerable.Range(0, Clusters).Select(_ => 0.3 + (0.6 * random.NextDouble())).ToArray();
        float[] Next()
        {
            var cluster = random.Next(Clusters);
            var values = Gaussian(random, dimension, centres[cluster], scales[cluster]);
            if (metric == Metric.Cosine)
                DistanceKernels.Normalize(values);
            return values;
        }

        var stored = new NativeVectorRows(dimension);
        for (var row = 0; row < rows; row++)
            stored.Append(Next());
        return new ClusteredSet(metric, stored, [.. Enumerable.Range(0, queries).Select(_ => Next())]);
    }

    /// <summary>A graph over all rows, inserted in order by one thread.</summary>
    public HnswGraph Build(HnswOptions? options = null)
    {
        var graph = new HnswGraph(Rows, Metric, options ?? new HnswOptions());
        var scratch = new HnswScratch();
        for (var row = 0; row < Rows.Count; row++)
            graph.Insert(row, scratch);
        graph.AssertInvariants();
        return graph;
    }

    /// <summary>The exact answer.</summary>
    public RowDistance[] Nearest<TFilter>(float[] query, int k, TFilter filter)
        where TFilter : struct, IRowFilter
    {
        var top = new TopK(k);
        SearchStats stats = default;
        FlatScan.Search(Rows, Metric, 0, Rows.Count, query, filter, ref top, ref stats, CancellationToken.None);
        return top.Items.ToArray();
    }

    /// <summary>The share of the exact k nearest that the graph finds, over all queries, with the work it did.</summary>
    public (double Recall, SearchStats Stats) Recall<TFilter>(HnswGraph graph, int k, int ef, TFilter filter)
        where TFilter : struct, IRowFilter
    {
        SearchStats stats = default;
        double found = 0, wanted = 0;
        foreach (var query in Queries)
        {
            var truth = Nearest(query, k, filter);
            var results = graph.Search(query, k, ef, filter, ref stats);
            found += results.Count(result => truth.Contains(result));
            wanted += truth.Length;
        }

        return (found / wanted, stats);
    }

    public void Dispose() => Rows.Dispose();

    private static float[] Gaussian(Random random, int dimension, float[]? centre, double scale)
    {
        var values = new float[dimension];
        for (var i = 0; i < dimension; i++)
        {
            var gaussian = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            values[i] = (float)((centre?[i] ?? 0) + (scale * gaussian));
        }

        return values;
    }
}

internal readonly record struct EveryNth(int N) : IRowFilter
{
    public bool Includes(int row) => row % N == 0;
}

internal static class HnswGraphSearches
{
    public static RowDistance[] Search(this HnswGraph graph, float[] query, int k, int ef)
    {
        SearchStats stats = default;
        return graph.Search(query, k, ef, default(AllRows), ref stats);
    }

    public static RowDistance[] Search<TFilter>(this HnswGraph graph, float[] query, int k, int ef, TFilter filter, ref SearchStats stats)
        where TFilter : struct, IRowFilter
    {
        var results = new RowDistance[k];
        var found = graph.Search(query, k, ef, filter, new HnswScratch(), results, ref stats, CancellationToken.None);
        return results[..found];
    }
}
