using System.Buffers.Binary;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Flat;
using JadeVector.Engine.Memory;

namespace JadeVector.Datasets;

/// <summary>The true nearest rows of queries, computed by comparing every row or read from a file.</summary>
/// <remarks>
/// Recall is counted by distance, not by row number: a row is right when it is as near as the last of the true K. So sets with
/// equal rows are judged by what the searcher could know. For the cosine, rows and queries must have unit length.
/// </remarks>
public sealed class ExactTruth
{
    /// <summary>Rows whose distances differ by less than float32 can tell are as good as each other.</summary>
    private const float TieTolerance = 1e-5f;

    private const int QueriesPerPass = 8;

    private readonly NativeVectorRows _rows;
    private readonly Metric _metric;
    private readonly IReadOnlyList<float[]> _queries;
    private readonly int[][] _nearest;
    private readonly float[] _lastDistances;

    private ExactTruth(NativeVectorRows rows, Metric metric, IReadOnlyList<float[]> queries, int k)
    {
        (_rows, _metric, _queries, K) = (rows, metric, queries, Math.Min(k, rows.Count));
        _nearest = new int[queries.Count][];
        _lastDistances = new float[queries.Count];
    }

    /// <summary>Results wanted, at most the number of rows.</summary>
    public int K { get; }

    public static ExactTruth Compute(NativeVectorRows rows, Metric metric, IReadOnlyList<float[]> queries, int k, CancellationToken cancellation)
    {
        var truth = new ExactTruth(rows, metric, queries, k);
        var passes = (queries.Count + QueriesPerPass - 1) / QueriesPerPass;
        Parallel.For(0, passes, new ParallelOptions { CancellationToken = cancellation }, pass =>
        {
            var first = pass * QueriesPerPass;
            var values = queries.Skip(first).Take(QueriesPerPass).SelectMany(query => query).ToArray();
            var nearest = new TopK[values.Length / rows.Dimension];
            for (var i = 0; i < nearest.Length; i++) nearest[i] = new TopK(truth.K);
            var stats = default(SearchStats);
            FlatScan.SearchEach(rows, metric, 0, rows.Count, values, default(AllRows), nearest.AsSpan(), ref stats, cancellation);
            for (var i = 0; i < nearest.Length; i++)
            {
                truth._nearest[first + i] = [.. nearest[i].Items.ToArray().Select(item => item.Row)];
                truth._lastDistances[first + i] = nearest[i].Items[^1].Distance;
            }
        });
        return truth;
    }

    /// <summary>Reads the neighbours of each query, nearest first, at least K of them, as row numbers: <c>.ibin</c>, <c>.ivecs</c>, <c>.npy</c> or IDX.</summary>
    /// <exception cref="DatasetException">The file is damaged or does not fit rows, queries or K.</exception>
    public static ExactTruth Read(string path, NativeVectorRows rows, Metric metric, IReadOnlyList<float[]> queries, int k)
    {
        var truth = new ExactTruth(rows, metric, queries, k);
        using var source = RowSource.Open(path);
        if (source.Dimension < truth.K) throw new DatasetException($"{path} lists {source.Dimension} neighbours a query, fewer than {truth.K}.");
        var neighbours = new int[source.Dimension];
        for (var query = 0; query < queries.Count; query++)
        {
            if (!source.ReadRowNumbers(neighbours)) throw new DatasetException($"{path} lists the neighbours of {query} queries, fewer than {queries.Count}.");
            truth._nearest[query] = neighbours[..truth.K];
            if (truth._nearest[query].FirstOrDefault(row => row >= rows.Count, -1) is var beyond and >= 0)
                throw new DatasetException($"{path} lists row {beyond} as a neighbour of query {query}; there are {rows.Count} rows.");
            truth._lastDistances[query] = truth._nearest[query].Max(row => truth.Distance(query, row));
        }

        return truth;
    }

    /// <summary>Writes the neighbours as <c>.ibin</c>, for <see cref="Read"/> and for other programs.</summary>
    public void WriteTo(Stream stream)
    {
        Span<byte> header = stackalloc byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(header, _nearest.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], K);
        stream.Write(header);
        var bytes = new byte[K * sizeof(int)];
        foreach (var nearest in _nearest)
        {
            for (var i = 0; i < K; i++) BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), nearest[i]);
            stream.Write(bytes);
        }
    }

    /// <summary>The share of the true nearest K that the found rows are; of rows at one distance any is right.</summary>
    /// <param name="found">Rows in any order; a row counts once, and no more than K count.</param>
    public double Recall(int query, IEnumerable<int> found)
    {
        var last = _lastDistances[query];
        var bound = last + (Math.Abs(last) * TieTolerance);
        var right = found.Distinct().Count(row => Distance(query, row) <= bound);
        return (double)Math.Min(right, K) / K;
    }

    private float Distance(int query, int row) => DistanceKernels.Compute(_metric, _queries[query], _rows[row]);
}
