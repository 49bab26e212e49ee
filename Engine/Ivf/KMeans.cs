using JadeVector.Engine.Distance;
using JadeVector.Engine.Flat;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Ivf;

/// <summary>
/// Centres of cells: seeded by k-means++ (Arthur and Vassilvitskii, 2007) on a sample, then moved by mini-batches (Sculley, "Web-scale k-means clustering", 2010),
/// whose cost depends on the number of cells and not on that of the rows.
/// </summary>
internal static unsafe class KMeans
{
    private const int Batches = 24;
    private const int BatchRowsPerCell = 8;
    private const int BatchRowsMin = 1024;

    /// <summary>Seeding compares every centre with a sample of as many rows per cell; beyond so many cells that costs more than it gains, and rows are drawn at random.</summary>
    private const int SeedingCellsMax = 2048;
    private const int SeedingRowsPerCell = 4;

    /// <summary>Rows that are compared with the centres in one pass over these.</summary>
    private const int RowsPerPass = 16;

    /// <summary>Moves centres to where the rows are dense.</summary>
    /// <param name="rows">At least as many as cells.</param>
    /// <param name="cells">Centres wanted.</param>
    /// <param name="random">Draws the rows that are looked at.</param>
    /// <param name="cancellation">Looked at between passes.</param>
    /// <returns>The centres; the caller disposes of them.</returns>
    public static NativeVectorRows Train(VectorRows rows, int cells, Random random, CancellationToken cancellation)
    {
        var centres = new NativeVectorRows(rows.Dimension);
        try
        {
            Seed(rows, cells, random, centres, cancellation);
            var batch = new int[Math.Max(BatchRowsMin, BatchRowsPerCell * cells)];
            var nearest = new int[batch.Length];
            var seen = new int[cells];
            for (var step = 0; step < Batches && rows.Count > cells; step++)
            {
                for (var i = 0; i < batch.Length; i++)
                    batch[i] = random.Next(rows.Count);
                Assign(rows, batch, centres, nearest, cancellation);
                for (var i = 0; i < batch.Length; i++)
                    Move(centres.Row(nearest[i]), rows.Row(batch[i]), 1f / ++seen[nearest[i]], rows.Dimension);
            }

            return centres;
        }
        catch
        {
            centres.Dispose();
            throw;
        }
    }

    /// <summary>Finds the nearest centre of each row, by Euclidean distance.</summary>
    /// <param name="chosen">Rows.</param>
    /// <param name="nearest">Takes a centre for each of them.</param>
    public static void Assign(VectorRows rows, ReadOnlySpan<int> chosen, VectorRows centres, Span<int> nearest, CancellationToken cancellation)
    {
        var dimension = rows.Dimension;
        var queries = new float[RowsPerPass * dimension];
        var found = new Nearest[RowsPerPass];
        SearchStats stats = default;
        for (var first = 0; first < chosen.Length; first += RowsPerPass)
        {
            var count = Math.Min(RowsPerPass, chosen.Length - first);
            for (var i = 0; i < count; i++)
            {
                rows[chosen[first + i]].CopyTo(queries.AsSpan(i * dimension));
                found[i] = new Nearest { Distance = float.PositiveInfinity };
            }

            FlatScan.SearchEach(centres, Metric.Euclidean, 0, centres.Count, queries.AsSpan(0, count * dimension), default(AllRows), found.AsSpan(0, count), ref stats, cancellation);
            for (var i = 0; i < count; i++)
                nearest[first + i] = found[i].Row;
        }
    }

    private static void Seed(VectorRows rows, int cells, Random random, NativeVectorRows centres, CancellationToken cancellation)
    {
        var sample = Draw(rows.Count, cells <= SeedingCellsMax ? (int)Math.Min(rows.Count, (long)SeedingRowsPerCell * cells) : cells, random);
        if (cells > SeedingCellsMax || sample.Length == cells)
        {
            foreach (var row in sample)
                centres.Append(rows[row]);
            return;
        }

        var kernel = DistanceKernels.For(Metric.Euclidean);
        var distances = new double[sample.Length];
        Array.Fill(distances, double.PositiveInfinity);
        centres.Append(rows[sample[0]]);
        while (centres.Count < cells)
        {
            cancellation.ThrowIfCancellationRequested();
            double sum = 0;
            for (var i = 0; i < sample.Length; i++)
            {
                distances[i] = Math.Min(distances[i], kernel(centres.Row(centres.Count - 1), rows.Row(sample[i]), rows.Dimension));
                sum += distances[i];
            }

            centres.Append(rows[sample[Pick(distances, sum * random.NextDouble(), random)]]);
        }
    }

    /// <summary>The place in the sample where the running sum of distances passes a value; any when all distances are 0 (equal rows).</summary>
    private static int Pick(double[] distances, double value, Random random)
    {
        for (var i = 0; i < distances.Length; i++)
        {
            value -= distances[i];
            if (value < 0)
                return i;
        }

        return random.Next(distances.Length);
    }

    /// <summary>Different numbers below <paramref name="limit"/>, in random order (a partial Fisher-Yates shuffle).</summary>
    private static int[] Draw(int limit, int count, Random random)
    {
        var numbers = new int[limit];
        for (var i = 0; i < limit; i++)
            numbers[i] = i;
        for (var i = 0; i < count; i++)
        {
            var other = random.Next(i, limit);
            (numbers[i], numbers[other]) = (numbers[other], numbers[i]);
        }

        return numbers[..count];
    }

    private static void Move(float* centre, float* row, float rate, int dimension)
    {
        for (var i = 0; i < dimension; i++)
            centre[i] += rate * (row[i] - centre[i]);
    }

    private struct Nearest : INearestRows
    {
        public int Row;
        public float Distance;

        public bool Offer(int row, float distance)
        {
            if (distance >= Distance)
                return false;
            (Row, Distance) = (row, distance);
            return true;
        }
    }
}
