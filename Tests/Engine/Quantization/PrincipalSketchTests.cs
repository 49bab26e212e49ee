using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;
using JadeVector.Engine.Quantization;
using Xunit;

namespace JadeVector.Tests.Engine.Quantization;

public sealed unsafe class PrincipalSketchTests
{
    private const int Dimension = 200;

    [Theory]
    [InlineData(Metric.Euclidean)]
    [InlineData(Metric.Cosine)]
    [InlineData(Metric.Dot)]
    public void Sketch_is_seldom_above_the_distance_of_a_near_row_and_leaves_out_most_far_ones(Metric metric)
    {
        using var rows = Rows(metric, 3_000);
        var codec = Int8Codec.Train(rows, 2_900, metric);
        var sketch = SketchTraining.Train(rows, 2_900, codec)!;
        using var memory = new NativeChunkedArray<long>();
        memory.EnsureCount(16 + (codec.CodeBytes / sizeof(long)));
        var code = (sbyte*)memory.At(0);
        var buffer = (sbyte*)memory.At(8);
        var queryCode = (sbyte*)memory.At(16);
        int tooHigh = 0, near = 0, leftOut = 0, far = 0;
        for (var query = 2_900; query < 3_000; query++)
        {
            codec.Encode(rows.Row(query), queryCode);
            var asked = sketch.Query(queryCode, buffer);
            var distances = Enumerable.Range(0, 2_900).Select(row => DistanceKernels.Compute(metric, rows[query], rows[row])).ToArray();
            var bound = distances.Order().ElementAt(20);
            for (var row = 0; row < 2_900; row += 3)
            {
                sketch.Encode(rows.Row(row), code);
                var atLeast = asked.AtLeast(code);
                if (distances[row] <= bound)
                {
                    near++;
                    tooHigh += atLeast > bound ? 1 : 0;
                }
                else
                {
                    far++;
                    leftOut += atLeast > bound ? 1 : 0;
                }
            }
        }

        Assert.InRange((double)tooHigh / near, 0, 0.03);
        Assert.InRange((double)leftOut / far, 0.9, 1);
    }

    [Fact]
    public void Many_rows_are_sifted_as_each_of_them_and_may_be_allowed_less_than_was_learned()
    {
        using var rows = Rows(Metric.Euclidean, 2_500);
        var codec = Int8Codec.Train(rows, 2_500, Metric.Euclidean);
        var sketch = SketchTraining.Train(rows, 2_500, codec)!;
        using var memory = new NativeChunkedArray<long>();
        memory.EnsureCount(8 + (codec.CodeBytes / sizeof(long)));
        codec.Encode(rows.Row(0), (sbyte*)memory.At(8));
        var asked = sketch.Query((sbyte*)memory.At(8), (sbyte*)memory.At(0));
        using var sketches = new StridedChunks(PrincipalSketch.Bytes);
        sketches.EnsureCount(rows.Count);
        for (var row = 0; row < rows.Count; row++)
            sketch.Encode(rows.Row(row), (sbyte*)sketches.At(row));
        var bounds = new float[rows.Count];
        var finite = 0;
        for (var row = 0; row < rows.Count; row++)
        {
            var of = (sbyte*)sketches.At(row);
            bounds[row] = asked.AtLeast(of);
            Assert.Equal(bounds[row], asked.Allowing(2).AtLeast(of));
            if (!float.IsFinite(bounds[row])) continue; // one whose sketch tells nothing
            finite++;
            Assert.InRange(asked.Allowing(0).AtLeast(of), bounds[row], float.MaxValue);
            Assert.Equal(sketch.Slack, asked.HiddenIn(of, bounds[row]), 0.01f);
        }

        Assert.InRange(finite, rows.Count * 99 / 100, rows.Count);
        var limit = bounds.Order().ElementAt(1_000);
        var kept = new int[rows.Count];
        for (var row = 0; row < kept.Length; row++)
            kept[row] = row;
        int count;
        fixed (int* first = kept)
            count = asked.Sift(sketches, first, kept.Length, limit);
        Assert.Equal(Enumerable.Range(0, rows.Count).Where(row => bounds[row] <= limit), kept[..count]);
    }

    [Fact]
    public void Short_vectors_and_few_rows_have_no_sketch()
    {
        using var rows = Rows(Metric.Euclidean, 3_000);
        Assert.Null(SketchTraining.Train(rows, SketchTraining.RowsMin - 1, Int8Codec.Train(rows, 100, Metric.Euclidean)));
        using var narrow = new NativeVectorRows(SketchTraining.DimensionMin - 1);
        for (var row = 0; row < SketchTraining.RowsMin; row++)
            narrow.Append(new float[SketchTraining.DimensionMin - 1]);
        Assert.Null(SketchTraining.Train(narrow, narrow.Count, Int8Codec.Train(narrow, narrow.Count, Metric.Euclidean)));
    }

    [Fact]
    public void Sketch_of_a_row_that_reaches_farther_than_its_steps_never_leaves_it_out()
    {
        using var rows = Rows(Metric.Euclidean, 3_000);
        var codec = Int8Codec.Train(rows, 2_900, Metric.Euclidean);
        var sketch = SketchTraining.Train(rows, 2_900, codec)!;
        using var memory = new NativeChunkedArray<long>();
        memory.EnsureCount(16 + (codec.CodeBytes / sizeof(long)));
        var code = (sbyte*)memory.At(0);
        var buffer = (sbyte*)memory.At(8);
        var queryCode = (sbyte*)memory.At(16);
        var far = rows[2_950].ToArray();
        far[0] += 400 * sketch.Step;
        using var other = new NativeVectorRows(Dimension);
        other.Append(far);
        sketch.Encode(other.Row(0), code);
        codec.Encode(rows.Row(2_950), queryCode);
        Assert.False(sketch.Query(queryCode, buffer).AtLeast(code) > 0);
        Assert.False(sketch.QueryOf(code, buffer).AtLeast(code) > 0);
    }

    [Fact]
    public void Walks_ask_sketches_where_near_rows_differ_on_the_axes_and_not_where_all_directions_are_alike()
    {
        using var falling = Rows(Metric.Euclidean, 3_000);
        Assert.True(SketchTraining.Train(falling, falling.Count, Int8Codec.Train(falling, falling.Count, Metric.Euclidean))!.PaysInWalks);

        var random = new Random(11);
        using var alike = new NativeVectorRows(Dimension);
        for (var row = 0; row < 3_000; row++)
            alike.Append([.. Enumerable.Range(0, Dimension).Select(_ => random.NextSingle() - 0.5f)]);
        var sketch = SketchTraining.Train(alike, alike.Count, Int8Codec.Train(alike, alike.Count, Metric.Euclidean))!;
        Assert.False(sketch.PaysInWalks);
        Assert.Equal(1, sketch.Slack);
    }

    [Fact]
    public void Rows_that_are_all_the_same_have_no_sketch()
    {
        using var rows = new NativeVectorRows(Dimension);
        for (var row = 0; row < SketchTraining.RowsMin; row++)
            rows.Append([.. Enumerable.Repeat(1f, Dimension)]);
        Assert.Null(SketchTraining.Train(rows, rows.Count, Int8Codec.Train(rows, rows.Count, Metric.Euclidean)));
    }

    /// <summary>Gaussians whose deviation falls from one component to the next, as that of real data does.</summary>
    internal static NativeVectorRows Rows(Metric metric, int count)
    {
        var random = new Random(9);
        var rows = new NativeVectorRows(Dimension);
        var values = new float[Dimension];
        for (var row = 0; row < count; row++)
        {
            for (var i = 0; i < Dimension; i++)
            {
                var gaussian = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
                values[i] = (float)(gaussian / Math.Sqrt(1 + i));
            }

            if (metric is Metric.Cosine)
                DistanceKernels.Normalize(values);
            rows.Append(values);
        }

        return rows;
    }
}
