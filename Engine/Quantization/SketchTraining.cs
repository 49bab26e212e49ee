using System.Runtime.Intrinsics;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Quantization;

/// <summary>Learns a <see cref="PrincipalSketch"/> from a sample of rows: the directions by subspace iteration, the slack from rows and their nearest. The same rows give the same sketch.</summary>
internal sealed unsafe class SketchTraining
{
    /// <summary>Dimensions up to which a code is hardly longer than a sketch.</summary>
    public const int DimensionMin = 160;

    /// <summary>Rows below which there is nothing to learn from, and no walk that needs to be faster.</summary>
    public const int RowsMin = 2048;

    private const int SampleRows = 2048;
    private const int SampleFloatsMax = 1 << 22;
    private const int Iterations = 6;
    private const int ProbeRows = 64;
    private const int ScannedRows = 32_768;
    private const int NearRows = 8;
    private const int Axes = PrincipalSketch.Axes;

    private const double SlackShare = 0.98;

    // Rows in so many have a component beyond 127 steps, and a sketch that tells nothing.
    private const int RowsPerLongOne = 512;

    // Of these probes also the rows farther away are looked at, as a walk comes upon them.
    private const int ProbesPerWideOne = 4;
    private const int WideRows = 512;
    private const int WideRowsPerSample = 8;
    private const int KeptRows = 32;

    // What asking a sketch costs, in cache lines of codes.
    private const double LinesPerSketch = 1.5;
    private const int LineBytes = 64;

    private readonly VectorRows _rows;
    private readonly int _rowCount;
    private readonly float[] _centre;
    private readonly int _count;
    private readonly int _dimension;
    private readonly float[] _sample;
    private readonly float[] _axes;

    private SketchTraining(VectorRows rows, int count, ReadOnlySpan<float> centre)
    {
        _rows = rows;
        _rowCount = count;
        _centre = centre.ToArray();
        _dimension = rows.Dimension;
        _count = Math.Min(SampleRows, Math.Min(count, SampleFloatsMax / _dimension));
        _sample = new float[_count * _dimension];
        _axes = new float[Axes * _dimension];
        for (var i = 0; i < _count; i++)
            Centred((int)((long)i * count / _count), Sample(i));
    }

    /// <summary>A sketch, or null where it would not pay.</summary>
    public static PrincipalSketch? Train(VectorRows rows, int count, Int8Codec codec)
    {
        if (count < RowsMin || rows.Dimension < DimensionMin || SampleFloatsMax / rows.Dimension < 2 * Axes)
            return null;
        var training = new SketchTraining(rows, count, codec.Centre);
        training.FindAxes();
        var step = training.Step();
        return step > 0 && float.IsFinite(step) ? new PrincipalSketch(codec, training._axes, step, training.Slack()) : null;
    }

    private void Centred(int row, Span<float> target)
    {
        var values = _rows[row];
        for (var component = 0; component < target.Length; component++)
            target[component] = values[component] - _centre[component];
    }

    private Span<float> Sample(int row) => _sample.AsSpan(row * _dimension, _dimension);

    private Span<float> Axis(int axis) => _axes.AsSpan(axis * _dimension, _dimension);

    /// <summary>Subspace iteration: axes ← orthonormal(sampleᵀ · sample · axes), from random signs.</summary>
    private void FindAxes()
    {
        var random = 0x9E3779B97F4A7C15UL;
        foreach (ref var value in _axes.AsSpan())
        {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            value = (random >> 63) == 0 ? 1 : -1;
        }

        Orthonormalize();
        var next = new float[_axes.Length];
        for (var iteration = 0; iteration < Iterations; iteration++)
        {
            Array.Clear(next);
            for (var row = 0; row < _count; row++)
            {
                for (var axis = 0; axis < Axes; axis++)
                    AddScaled(Sample(row), Dot(Sample(row), Axis(axis)), next.AsSpan(axis * _dimension, _dimension));
            }

            next.CopyTo(_axes, 0);
            Orthonormalize();
        }
    }

    /// <summary>Gram-Schmidt, each axis twice for the rounding.</summary>
    private void Orthonormalize()
    {
        for (var axis = 0; axis < Axes; axis++)
        {
            for (var pass = 0; pass < 2; pass++)
            {
                Scale(Axis(axis), 1 / Math.Max(float.Epsilon, MathF.Sqrt(Dot(Axis(axis), Axis(axis)))));
                for (var other = 0; other < axis; other++)
                    AddScaled(Axis(other), -Dot(Axis(axis), Axis(other)), Axis(axis));
            }

            var length = MathF.Sqrt(Dot(Axis(axis), Axis(axis)));
            // Data of fewer dimensions than axes leaves some without a direction: they stay zero and tell nothing.
            Scale(Axis(axis), length > 0.1f ? 1 / length : 0);
        }
    }

    /// <summary>Such that 127 steps reach the largest component of all but a few rows.</summary>
    private float Step()
    {
        var largest = new float[_count];
        for (var row = 0; row < _count; row++)
        {
            for (var axis = 0; axis < Axes; axis++)
                largest[row] = Math.Max(largest[row], Math.Abs(Dot(Sample(row), Axis(axis))));
        }

        Array.Sort(largest);
        return largest[_count - 1 - (_count / RowsPerLongOne)] / 127;
    }

    /// <summary>The part of |outside(a)| · |outside(b)| that the outside product of a row and one of its nearest seldom passes; 1 where sketches would not pay in walks with it.</summary>
    /// <remarks>The nearest of a sample will not do: the nearer two rows are, the more alike is what lies outside of the axes, and it is the very nearest that a sketch must let pass.</remarks>
    private float Slack()
    {
        var parts = new List<double>(ProbeRows * NearRows);
        var wide = new List<(int Query, RowDistance[] Nearest)>(ProbeRows / ProbesPerWideOne);
        var room = new RowDistance[WideRows];
        for (var probe = 0; probe < ProbeRows; probe++)
        {
            var query = (int)((long)probe * _rowCount / ProbeRows);
            var isWide = probe % ProbesPerWideOne == 0;
            var nearest = NearestTo(query, room, isWide ? WideRows : NearRows);
            if (isWide)
                wide.Add((query, nearest.ToArray()));
            foreach (var (row, _) in nearest[..NearRows])
            {
                var (outside, most) = Outside(query, row);
                if (most > 0)
                    parts.Add(outside / most);
            }
        }

        parts.Sort();
        var slack = parts.Count == 0 ? 1 : (float)Math.Clamp(parts[(int)(SlackShare * (parts.Count - 1))], 0, 1);
        var lines = (double)Int8Codec.CodeBytesFor(_dimension) / LineBytes;
        return LinesPerSketch + (PartKept(wide, slack) * lines) < lines ? slack : 1;
    }

    /// <summary>Of rows that are not among the nearest 32, but among the nearest 512: the part that sketches do not tell from those.</summary>
    private double PartKept(List<(int Query, RowDistance[] Nearest)> probes, float slack)
    {
        int kept = 0, asked = 0;
        foreach (var (query, nearest) in probes)
        {
            for (var i = KeptRows; i < nearest.Length; i += WideRowsPerSample)
            {
                var (outside, most) = Outside(query, nearest[i].Row);
                asked++;
                kept += nearest[i].Distance + (2 * (outside - (slack * most))) <= nearest[KeptRows - 1].Distance ? 1 : 0;
            }
        }

        return (double)kept / asked;
    }

    /// <returns>The nearest of rows spread over all, by the squared Euclidean distance, nearest first; as many as asked for.</returns>
    private ReadOnlySpan<RowDistance> NearestTo(int query, RowDistance[] room, int count)
    {
        var nearest = new TopK(room, count);
        var step = Math.Max(1, _rowCount / ScannedRows);
        for (var row = 0; row < _rowCount; row += step)
        {
            if (row != query)
                nearest.Offer(row, SquaredEuclidean.Compute(_rows.Row(query), _rows.Row(row), _dimension));
        }

        return nearest.Items;
    }

    /// <summary>The inner product of two rows outside of the axes, and the most that it can be.</summary>
    private (double Outside, double Most) Outside(int a, int b)
    {
        Span<float> first = new float[_dimension], second = new float[_dimension];
        Centred(a, first);
        Centred(b, second);
        double inside = 0, insideA = 0, insideB = 0;
        for (var axis = 0; axis < Axes; axis++)
        {
            double onA = Dot(first, Axis(axis)), onB = Dot(second, Axis(axis));
            inside += onA * onB;
            insideA += onA * onA;
            insideB += onB * onB;
        }

        return (Dot(first, second) - inside, Math.Sqrt(Math.Max(0, Dot(first, first) - insideA) * Math.Max(0, Dot(second, second) - insideB)));
    }

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        fixed (float* first = a, second = b)
            return InnerProduct.Compute(first, second, a.Length);
    }

    private static void AddScaled(ReadOnlySpan<float> source, float factor, Span<float> target)
    {
        var i = 0;
        for (; i <= source.Length - 8; i += 8)
        {
            var sum = Vector256.MultiplyAddEstimate(
                Vector256.Create(source.Slice(i, 8)), Vector256.Create(factor), Vector256.Create<float>(target.Slice(i, 8)));
            sum.CopyTo(target[i..]);
        }

        for (; i < source.Length; i++)
            target[i] += factor * source[i];
    }

    private static void Scale(Span<float> values, float factor)
    {
        foreach (ref var value in values)
            value *= factor;
    }
}
