using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Ivf;

/// <summary>
/// Centres of cells: seeded by k-means++ (Arthur and Vassilvitskii, 2007) on a sample, then moved by mini-batches (Sculley, "Web-scale k-means clustering", 2010),
/// whose cost depends on the number of cells and not on that of the rows.
/// </summary>
internal sealed unsafe class KMeans
{
    private const int Batches = 24;
    private const int BatchRowsPerCell = 8;
    private const int BatchRowsMin = 1024;

    /// <summary>Seeding compares every centre with a sample of as many rows per cell; beyond so many cells that costs more than it gains, and rows are drawn at random.</summary>
    private const int SeedingCellsMax = 2048;
    private const int SeedingRowsPerCell = 4;

    private readonly VectorRows _rows;
    private readonly int _count;
    private readonly int _cells;
    private readonly Random _random;
    private readonly NativeVectorRows _centres;

    /// <param name="rows">What the centres are to be of.</param>
    /// <param name="count">Rows 0 to this, exclusive, are looked at; at least as many as cells.</param>
    /// <param name="cells">Centres wanted.</param>
    /// <param name="random">Draws the rows that are looked at.</param>
    /// <param name="centres">Takes the centres; empty.</param>
    public KMeans(VectorRows rows, int count, int cells, Random random, NativeVectorRows centres)
    {
        _rows = rows;
        _count = count;
        _cells = cells;
        _random = random;
        _centres = centres;
    }

    /// <summary>Comparisons of a row with a centre that <see cref="Train"/> makes.</summary>
    public static long WorkOf(int rows, int cells)
    {
        var seeding = IsSeeded(rows, cells) ? (cells - 1L) * SampleRows(rows, cells) : 0;
        return seeding + (rows > cells ? (long)Batches * BatchRows(cells) * cells : 0);
    }

    /// <summary>Moves centres to where the rows are dense.</summary>
    /// <returns>Piece by piece, the comparisons made.</returns>
    public IEnumerable<long> Train()
    {
        foreach (var work in Seed())
            yield return work;
        if (_count <= _cells)
            yield break;
        var assigner = new CellAssigner(_rows, _centres);
        var batch = new int[BatchRows(_cells)];
        var nearest = new int[batch.Length];
        var seen = new int[_cells];
        for (var step = 0; step < Batches; step++)
        {
            for (var i = 0; i < batch.Length; i++)
                batch[i] = _random.Next(_count);
            for (var first = 0; first < batch.Length; first += CellAssigner.RowsPerPass)
            {
                var count = Math.Min(CellAssigner.RowsPerPass, batch.Length - first);
                assigner.Assign(batch.AsSpan(first, count), nearest.AsSpan(first, count));
                yield return (long)count * _cells;
            }

            Move(batch, nearest, seen);
        }
    }

    private static int BatchRows(int cells) => Math.Max(BatchRowsMin, BatchRowsPerCell * cells);

    private static int SampleRows(int rows, int cells) => cells <= SeedingCellsMax ? (int)Math.Min(rows, (long)SeedingRowsPerCell * cells) : cells;

    private static bool IsSeeded(int rows, int cells) => cells <= SeedingCellsMax && SampleRows(rows, cells) != cells;

    private IEnumerable<long> Seed()
    {
        var sample = Draw(_count, SampleRows(_count, _cells), _random);
        if (!IsSeeded(_count, _cells))
        {
            foreach (var row in sample)
                _centres.Append(_rows[row]);
            yield break;
        }

        var distances = new double[sample.Length];
        Array.Fill(distances, double.PositiveInfinity);
        _centres.Append(_rows[sample[0]]);
        while (_centres.Count < _cells)
        {
            var sum = Approach(sample, distances);
            _centres.Append(_rows[sample[Pick(distances, sum * _random.NextDouble(), _random)]]);
            yield return sample.Length;
        }
    }

    /// <summary>Takes the last centre into the distances of a sample from the nearest centre.</summary>
    /// <returns>Their sum.</returns>
    private double Approach(int[] sample, double[] distances)
    {
        var kernel = DistanceKernels.For(Metric.Euclidean);
        var centre = _centres.Row(_centres.Count - 1);
        double sum = 0;
        for (var i = 0; i < sample.Length; i++)
        {
            distances[i] = Math.Min(distances[i], kernel(centre, _rows.Row(sample[i]), _rows.Dimension));
            sum += distances[i];
        }

        return sum;
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

    /// <summary>Moves the nearest centre of each row of a batch towards it, the less the more rows it has seen.</summary>
    private void Move(int[] batch, int[] nearest, int[] seen)
    {
        for (var i = 0; i < batch.Length; i++)
        {
            var centre = _centres.Row(nearest[i]);
            var row = _rows.Row(batch[i]);
            var rate = 1f / ++seen[nearest[i]];
            for (var component = 0; component < _rows.Dimension; component++)
                centre[component] += rate * (row[component] - centre[component]);
        }
    }
}
