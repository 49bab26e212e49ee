using System.Runtime.InteropServices;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Lsh;

public sealed unsafe partial class LshIndex
{
    private const int SampleRows = 1_000;

    /// <summary>Puts all rows that there are into tables, in one go; <see cref="LshBuild"/> does it in slices.</summary>
    /// <param name="rows">At least one; unit length when the metric is cosine. They outlive the index.</param>
    /// <exception cref="ArgumentException">There is no row.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside <see cref="LshLimits"/>.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is left.</exception>
    public static LshIndex Build(VectorRows rows, Metric metric, LshOptions options, CancellationToken cancellation)
    {
        using var build = new LshBuild(rows, metric, options);
        return build.Complete(cancellation);
    }

    /// <summary>An image of zeros, to be filled.</summary>
    internal static LshIndex Allocate(VectorRows rows, LshImageHeader header)
    {
        var image = (byte*)NativeMemory.AlignedAlloc((nuint)header.ImageBytes, StridedChunks.Alignment);
        NativeMemory.Clear(image, (nuint)header.ImageBytes);
        header.Write(new Span<byte>(image, LshImageHeader.Bytes));
        return new LshIndex(rows, header, image, isMapped: false);
    }

    /// <summary>How far projections of rows on a random direction spread: the root of the mean variance of a component times the dimension, since directions have components of variance 1.</summary>
    internal static float Deviation(VectorRows rows, int count, Random random)
    {
        var sample = new int[Math.Min(SampleRows, count)];
        for (var i = 0; i < sample.Length; i++)
            sample[i] = sample.Length == count ? i : random.Next(count);
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

    /// <summary>Draws the directions of a table from a normal distribution, and where the first slice begins.</summary>
    internal void Direct(int table, Random random)
    {
        for (var number = table * Functions; number < (table + 1) * Functions; number++)
        {
            var direction = _directions.Row(number);
            for (var i = 0; i < _header.Dimension; i++)
                direction[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
            _shifts[number] = _header.SliceWidth > 0 ? random.NextSingle() : 0;
        }
    }

    /// <summary>Finds the buckets of some rows in a table, and counts them.</summary>
    internal void Hash(int table, int first, int count, int[] buckets)
    {
        Span<int> values = stackalloc int[Functions];
        var starts = StartsOf(table);
        for (var row = first; row < first + count; row++)
        {
            for (var function = 0; function < Functions; function++)
                values[function] = ValueOf(Project(Rows.Row(row), table, function));
            buckets[row] = BucketOf(values);
            starts[buckets[row] + 1]++;
        }
    }

    /// <summary>Puts the rows of each bucket of a table one behind the other, in ascending order (a counting sort), once all are hashed.</summary>
    internal void Fill(int table, int[] buckets)
    {
        var starts = StartsOf(table);
        var next = new int[_header.StartsPerTable];
        for (var bucket = 0; bucket + 1 < next.Length; bucket++)
            starts[bucket + 1] += starts[bucket];
        new ReadOnlySpan<int>(starts, next.Length).CopyTo(next);
        for (var row = 0; row < buckets.Length; row++)
            RowNumbersOf(table)[next[buckets[row]]++] = row;
    }
}
