using System.Numerics;
using System.Runtime.InteropServices;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Lsh;

public sealed unsafe partial class LshIndex
{
    private const int SampleRows = 1_000;
    private const int RowsPerCheck = 256;

    /// <summary>Puts all rows that there are into tables.</summary>
    /// <param name="rows">At least one; unit length when the metric is cosine. They outlive the index.</param>
    /// <exception cref="ArgumentException">There is no row.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside <see cref="LshLimits"/>.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is left.</exception>
    /// <remarks>The same rows and options give the same image on processors of the same vector width.</remarks>
    public static LshIndex Build(VectorRows rows, Metric metric, LshOptions options, CancellationToken cancellation)
    {
        options.Validate();
        var count = rows.Count;
        if (count == 0)
            throw new ArgumentException("There is no row to build over.", nameof(rows));
        var random = new Random(options.Seed);
        var functions = options.Functions == 0 ? LshLimits.FunctionsFor(count) : options.Functions;
        var header = new LshImageHeader
        {
            Metric = metric,
            Dimension = rows.Dimension,
            RowCount = count,
            Tables = options.Tables,
            Functions = functions,
            BucketBits = Math.Min(BitOperations.Log2((uint)count), LshLimits.BucketBitsMax),
            Seed = options.Seed,
            SliceWidth = metric == Metric.Euclidean ? options.Width * Deviation(rows, random) : 0,
        };
        var image = (byte*)NativeMemory.AlignedAlloc((nuint)header.ImageBytes, StridedChunks.Alignment);
        NativeMemory.Clear(image, (nuint)header.ImageBytes);
        header.Write(new Span<byte>(image, LshImageHeader.Bytes));
        var index = new LshIndex(rows, header, image, isMapped: false);
        try
        {
            index.Direct(random);
            index.Fill(cancellation);
            return index;
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    /// <summary>How far projections of rows on a random direction spread: the root of the mean variance of a component times the dimension, since directions have components of variance 1.</summary>
    private static float Deviation(VectorRows rows, Random random)
    {
        var sample = new int[Math.Min(SampleRows, rows.Count)];
        for (var i = 0; i < sample.Length; i++)
            sample[i] = sample.Length == rows.Count ? i : random.Next(rows.Count);
        double variance = 0;
        for (var i = 0; i < rows.Dimension; i++)
        {
            double sum = 0, squares = 0;
            foreach (var row in sample)
            {
                var value = (double)rows.Row(row)[i];
                sum += value;
                squares += value * value;
            }

            variance += Math.Max(0, (squares / sample.Length) - (sum / sample.Length * (sum / sample.Length)));
        }

        // Rows that are all equal leave no width; any will do.
        var deviation = (float)Math.Sqrt(variance);
        return deviation > 0 && float.IsFinite(deviation) ? deviation : 1;
    }

    /// <summary>Draws directions from a normal distribution, and where the first slice begins.</summary>
    private void Direct(Random random)
    {
        for (var number = 0; number < Tables * Functions; number++)
        {
            var direction = _directions.Row(number);
            for (var i = 0; i < _header.Dimension; i++)
                direction[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
            _shifts[number] = _header.SliceWidth > 0 ? random.NextSingle() : 0;
        }
    }

    /// <summary>Puts the rows of each bucket one behind the other, in ascending order (a counting sort per table).</summary>
    private void Fill(CancellationToken cancellation)
    {
        Span<int> values = stackalloc int[Functions];
        var buckets = new int[Count];
        var next = new int[_header.StartsPerTable];
        for (var table = 0; table < Tables; table++)
        {
            var starts = StartsOf(table);
            for (var row = 0; row < Count; row++)
            {
                if (row % RowsPerCheck == 0)
                    cancellation.ThrowIfCancellationRequested();
                for (var function = 0; function < Functions; function++)
                    values[function] = ValueOf(Project(Rows.Row(row), table, function));
                buckets[row] = BucketOf(values);
                starts[buckets[row] + 1]++;
            }

            for (var bucket = 0; bucket + 1 < next.Length; bucket++)
                starts[bucket + 1] += starts[bucket];
            new ReadOnlySpan<int>(starts, next.Length).CopyTo(next);
            for (var row = 0; row < Count; row++)
                RowNumbersOf(table)[next[buckets[row]]++] = row;
        }
    }
}
