using System.Numerics;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Ivf;

/// <summary>
/// Codes of four bits: the components are cut into groups, and of each group the nearest of 16 centroids is noted (Jégou, Douze, Schmid, "Product quantization
/// for nearest neighbor search", 2011). Sixteen because a table of so many bytes is what one shuffle instruction looks up (arXiv:1704.07355).
/// </summary>
/// <remarks>A book holds component by component the 16 centroids of a group: float32 [groups, components of a group, 16]. Components beyond the dimension are 0.</remarks>
internal sealed unsafe class ProductQuantizer
{
    public const int Centroids = 16;

    private const int TrainingRows = 4096;
    private const int Iterations = 10;

    private readonly float* _books;

    /// <param name="books">Shape [groups, components, 16], owned by someone else.</param>
    public ProductQuantizer(int dimension, int components, float* books)
    {
        Dimension = dimension;
        Components = components;
        _books = books;
    }

    public int Dimension { get; }

    /// <summary>Components of a group.</summary>
    public int Components { get; }

    /// <summary>Groups: an even number, since two codes share a byte; the last may be of zeros only.</summary>
    public int Groups => GroupsFor(Dimension, Components);

    public static int GroupsFor(int dimension, int components) => components == 0 ? 0 : (((dimension + components - 1) / components) + 1) & ~1;

    public static long BookBytes(int dimension, int components) => (long)GroupsFor(dimension, components) * components * Centroids * sizeof(float);

    /// <summary>Components that <see cref="Train"/> compares with a centroid.</summary>
    public static long TrainingWork(int dimension, int components, int rows) => GroupsFor(dimension, components) * GroupWork(components, SampleRows(rows));

    /// <summary>Fills the books: Lloyd's k-means in each group.</summary>
    /// <param name="rows">Whose components are to be told apart.</param>
    /// <param name="count">Rows 0 to this, exclusive, are looked at.</param>
    /// <param name="random">Draws the rows that are looked at.</param>
    /// <returns>Group by group, the components compared.</returns>
    public IEnumerable<long> Train(VectorRows rows, int count, Random random)
    {
        var sample = new int[SampleRows(count)];
        for (var i = 0; i < sample.Length; i++)
            sample[i] = sample.Length == count ? i : random.Next(count);
        var values = new float[sample.Length * Components];
        for (var group = 0; group < Groups; group++)
        {
            Gather(rows, sample, group, values);
            TrainGroup(group, values, random);
            yield return GroupWork(Components, sample.Length);
        }
    }

    /// <summary>Components that <see cref="Encode"/> compares with a centroid.</summary>
    public static long EncodingWork(int dimension, int components) => (long)GroupsFor(dimension, components) * Centroids * components;

    /// <summary>Writes the code of each group, a byte each.</summary>
    public void Encode(float* row, Span<byte> codes)
    {
        Span<float> values = stackalloc float[Components];
        for (var group = 0; group < Groups; group++)
        {
            Slice(row, group, values);
            codes[group] = (byte)Nearest(Book(group), values);
        }
    }

    /// <summary>Part of the distance between a query and each centroid, float32 [groups, 16]: a distance is the sum of one of each group, up to a constant.</summary>
    public void FillTable(float* query, Metric metric, float* table)
    {
        Span<float> values = stackalloc float[Components];
        for (var group = 0; group < Groups; group++)
        {
            Slice(query, group, values);
            FillGroup(Book(group), values, metric, table + (group * Centroids));
        }
    }

    private static int SampleRows(int rows) => Math.Min(TrainingRows, rows);

    private static long GroupWork(int components, int sampleRows) => (long)Iterations * sampleRows * Centroids * components;

    private float* Book(int group) => _books + ((nint)group * Components * Centroids);

    private void Gather(VectorRows rows, int[] sample, int group, float[] values)
    {
        for (var i = 0; i < sample.Length; i++)
            Slice(rows.Row(sample[i]), group, values.AsSpan(i * Components, Components));
    }

    private void Slice(float* row, int group, Span<float> values)
    {
        var first = group * Components;
        for (var i = 0; i < values.Length; i++)
            values[i] = first + i < Dimension ? row[first + i] : 0;
    }

    private void TrainGroup(int group, float[] values, Random random)
    {
        var book = Book(group);
        var count = values.Length / Components;
        for (var centroid = 0; centroid < Centroids; centroid++)
        {
            var row = random.Next(count);
            for (var i = 0; i < Components; i++)
                book[(i * Centroids) + centroid] = values[(row * Components) + i];
        }

        var sums = new double[Components * Centroids];
        var counts = new int[Centroids];
        for (var iteration = 0; iteration < Iterations; iteration++)
        {
            Array.Clear(sums);
            Array.Clear(counts);
            for (var row = 0; row < count; row++)
            {
                var value = values.AsSpan(row * Components, Components);
                var nearest = Nearest(book, value);
                counts[nearest]++;
                for (var i = 0; i < Components; i++)
                    sums[(i * Centroids) + nearest] += value[i];
            }

            for (var centroid = 0; centroid < Centroids; centroid++)
            {
                // One that nothing is near to starts again at a row.
                var row = counts[centroid] == 0 ? random.Next(count) : -1;
                for (var i = 0; i < Components; i++)
                    book[(i * Centroids) + centroid] = row < 0 ? (float)(sums[(i * Centroids) + centroid] / counts[centroid]) : values[(row * Components) + i];
            }
        }
    }

    private static int Nearest(float* book, ReadOnlySpan<float> values)
    {
        var distances = stackalloc float[Centroids];
        FillGroup(book, values, Metric.Euclidean, distances);
        var nearest = 0;
        for (var i = 1; i < Centroids; i++)
        {
            if (distances[i] < distances[nearest])
                nearest = i;
        }

        return nearest;
    }

    private static void FillGroup(float* book, ReadOnlySpan<float> values, Metric metric, float* distances)
    {
        System.Diagnostics.Debug.Assert(Vector<float>.Count <= Centroids, "No vector is wider than 512 bits.");
        for (var lane = 0; lane < Centroids; lane += Vector<float>.Count)
        {
            var sum = Vector<float>.Zero;
            for (var i = 0; i < values.Length; i++)
            {
                var centroids = Vector.Load(book + (i * Centroids) + lane);
                var value = new Vector<float>(values[i]);
                sum += metric == Metric.Euclidean ? (centroids - value) * (centroids - value) : -(centroids * value);
            }

            sum.Store(distances + lane);
        }
    }
}
