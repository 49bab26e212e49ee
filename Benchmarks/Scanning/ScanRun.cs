using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using JadeVector.Benchmarks.Measuring;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Flat;
using JadeVector.Engine.Memory;

namespace JadeVector.Benchmarks.Scanning;

/// <summary>The exact scan over generated rows. Threads share the rows between them, as they would for one query on an idle machine.</summary>
internal sealed unsafe class ScanRun : IDisposable
{
    internal const int QueriesPerPass = 8;
    private const int K = 10, Seed = 20260101;

    private readonly NativeVectorRows _rows;
    private readonly Metric _metric;
    private readonly int _runs;
    private readonly float[] _queries;

    internal ScanRun(int rows, int dimension, Metric metric, int runs)
    {
        (_metric, _runs) = (metric, runs);
        _rows = new NativeVectorRows(dimension);
        var random = new Random(Seed);
        var values = new float[dimension];
        for (var row = 0; row < rows; row++)
        {
            Fill(random, values);
            _rows.Append(values);
        }

        _queries = new float[QueriesPerPass * dimension];
        for (var query = 0; query < QueriesPerPass; query++) Fill(random, _queries.AsSpan(query * dimension, dimension));
    }

    /// <summary>Bytes that one pass reads, padding included.</summary>
    internal long Bytes => (long)_rows.Count * _rows.StrideFloats * sizeof(float);

    internal void Write(int threadsMax, TextWriter output, CancellationToken cancellation)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_rows.Count:N0} rows of {_rows.Dimension} float32, {Bytes / 1e6:N0} MB, {_metric}, {DistanceKernels.WidestVectorBits}-bit vectors"));
        output.WriteLine("| threads | plain read GB/s | scan, 1 query a pass GB/s | of the read | scan, 1 query queries/s | 8 queries a pass queries/s |");
        output.WriteLine("| - | - | - | - | - | - |");
        for (var threads = 1; threads <= threadsMax; threads++)
        {
            cancellation.ThrowIfCancellationRequested();
            var figures = Measure(threads);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {threads} | {Bytes / figures.Read / 1e9:0.0} | {Bytes / figures.One / 1e9:0.0} | {figures.Read / figures.One:0 %} | {1 / figures.One:#,##0} | {QueriesPerPass / figures.Eight:#,##0} |"));
        }
    }

    /// <summary>Seconds a pass: medians of runs that take turns, so that a slow moment of the machine meets all three.</summary>
    internal (double Read, double One, double Eight) Measure(int threads)
    {
        var times = new List<(double Read, double One, double Eight)>();
        for (var run = 0; run <= _runs; run++)
        {
            var read = Time(threads, (first, count) => Sum(first, count));
            var one = Time(threads, (first, count) => Scan(first, count, 1));
            var eight = Time(threads, (first, count) => Scan(first, count, QueriesPerPass));
            if (run > 0) times.Add((read, one, eight));   // the first one warms up
        }

        return (SearchTimer.Median(times.Select(time => time.Read)), SearchTimer.Median(times.Select(time => time.One)), SearchTimer.Median(times.Select(time => time.Eight)));
    }

    /// <summary>The nearest rows of the first queries in a part of the rows.</summary>
    internal TopK[] Scan(int first, int count, int queries)
    {
        var nearest = new TopK[queries];
        for (var query = 0; query < queries; query++) nearest[query] = new TopK(K);
        var stats = default(SearchStats);
        FlatScan.SearchEach(_rows, _metric, first, count, _queries.AsSpan(0, queries * _rows.Dimension), default(AllRows), nearest.AsSpan(), ref stats, CancellationToken.None);
        return nearest;
    }

    /// <summary>Reads the rows and does next to nothing with them.</summary>
    internal float Sum(int first, int count)
    {
        Vector<float> a = default, b = default, c = default, d = default;
        var step = Vector<float>.Count;
        var rest = 0f;
        for (var row = first; row < first + count; row++)
        {
            var values = _rows.Row(row);
            var i = 0;
            for (; i <= _rows.StrideFloats - (4 * step); i += 4 * step)
            {
                a += Vector.Load(values + i);
                b += Vector.Load(values + i + step);
                c += Vector.Load(values + i + (2 * step));
                d += Vector.Load(values + i + (3 * step));
            }

            for (; i < _rows.StrideFloats; i++) rest += values[i];
        }

        return Vector.Sum(a + b + c + d) + rest;
    }

    public void Dispose() => _rows.Dispose();

    private static void Fill(Random random, Span<float> values)
    {
        foreach (ref var value in values) value = random.NextSingle() - 0.5f;
        DistanceKernels.Normalize(values);
    }

    /// <summary>Seconds until all threads are done with their share of the rows.</summary>
    private double Time<T>(int threads, Func<int, int, T> work)
    {
        var results = new T[threads];
        var start = 0L;
        using var ready = new Barrier(threads, _ => start = Stopwatch.GetTimestamp());
        Threads.Run(threads, number =>
        {
            var first = (int)((long)_rows.Count * number / threads);
            var end = (int)((long)_rows.Count * (number + 1) / threads);
            ready.SignalAndWait();
            results[number] = work(first, end - first);
        });
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
