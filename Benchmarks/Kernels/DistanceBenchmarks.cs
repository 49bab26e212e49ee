using BenchmarkDotNet.Attributes;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;

namespace JadeVector.Benchmarks.Kernels;

/// <summary>Distances of one query to rows, float32: rows in the first cache, and rows at random places of a large set, as a graph meets them.</summary>
public unsafe class DistanceBenchmarks : IDisposable
{
    private const int Seed = 20260101;

    private NativeVectorRows? _rows;
    private int[] _order = [];

    [ParamsAllValues]
    public Metric Metric { get; set; }

    [Params(128, 784)]
    public int Dimension { get; set; }

    /// <summary>16 stay in the first-level cache, 60,000 do not even fit the last.</summary>
    [Params(16, 60_000)]
    public int Rows { get; set; }

    /// <summary>Distances that one call computes.</summary>
    public const int Distances = 1_000;

    [GlobalSetup]
    public void Fill()
    {
        var random = new Random(Seed);
        _rows = new NativeVectorRows(Dimension);
        var values = new float[Dimension];
        for (var row = 0; row < Rows; row++)
        {
            for (var i = 0; i < Dimension; i++) values[i] = random.NextSingle() - 0.5f;
            DistanceKernels.Normalize(values);
            _rows.Append(values);
        }

        _order = [.. Enumerable.Range(0, Distances).Select(_ => random.Next(Rows))];
    }

    /// <returns>The sum of the distances.</returns>
    [Benchmark(OperationsPerInvoke = Distances)]
    public float Compute()
    {
        var kernel = DistanceKernels.For(Metric);
        float sum = 0;
        foreach (var row in _order) sum += kernel(_rows!.Row(0), _rows.Row(row), Dimension);
        return sum;
    }

    /// <summary>The same by definition, in double: what a kernel gains.</summary>
    /// <returns>The sum of the distances.</returns>
    [Benchmark(OperationsPerInvoke = Distances, Baseline = true)]
    public double Reference()
    {
        double sum = 0;
        foreach (var row in _order)
        {
            sum += Metric switch
            {
                Metric.Cosine => CosineDistance.Reference(_rows![0], _rows[row]),
                Metric.Euclidean => SquaredEuclidean.Reference(_rows![0], _rows[row]),
                _ => DotDistance.Reference(_rows![0], _rows[row]),
            };
        }

        return sum;
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _rows?.Dispose();
        _rows = null;
        GC.SuppressFinalize(this);
    }
}
