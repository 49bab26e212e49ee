using System.Runtime.CompilerServices;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Quantization;

/// <summary>
/// One cache line per vector from which a distance can be told roughly: the components along the 56 directions in which the data varies most (a PCA), a byte each,
/// and how much of the vector lies outside of them. A walk asks it before it reads a code of many lines; most neighbours of a node are too far to be kept, and are seen to be so here.
/// <code>
///   distance(q, x) = own(q) + Constant + own(x) + Factor · (⟨q, x⟩ inside + ⟨q, x⟩ outside)
///   AtLeast(q, x)  = own(q) + Constant + own(x) + Factor · Step(q) · Step · Σ sketch(q)[i] · sketch(x)[i] - |Factor| · Slack · outside(q) · outside(x)
/// </code>
/// ⟨q, x⟩ outside is at most outside(q) · outside(x) and mostly a small part of it; Slack is that part, measured on rows and their nearest.
/// A sketch in memory, 64 bytes: own float32, outside float32, 56 signed bytes. A vector with a component that 127 steps do not reach has an infinite outside: its sketch tells nothing.
/// </summary>
/// <remarks>Projection as a filter for exact distances: Gao and Long, arXiv:2303.09855, with learned directions in place of random ones.</remarks>
internal sealed unsafe class PrincipalSketch
{
    public const int Axes = 56;
    public const int Bytes = 64;
    public const int HeaderBytes = Bytes - Axes;
    private const float CodeMax = 127;

    private readonly Int8Codec _codec;
    private readonly float[] _axes;
    private readonly float[] _centreOnAxes;
    private readonly sbyte[] _axisCodes; // shape [56, codec.CodeCount]: axes as signed bytes, for queries
    private readonly float[] _axisSteps; // shape [56]: the length of one step of each

    /// <param name="codec">Whose centre and metric are used.</param>
    /// <param name="axes">Shape [56, dimension]: orthonormal.</param>
    /// <param name="step">Length of one step of a sketched component.</param>
    /// <param name="slack">Part of the product of the outsides that is allowed for, 0 to 1.</param>
    public PrincipalSketch(Int8Codec codec, float[] axes, float step, float slack)
    {
        _codec = codec;
        _axes = axes;
        Step = step;
        Slack = slack;
        _centreOnAxes = new float[Axes];
        _axisCodes = new sbyte[Axes * codec.CodeCount];
        _axisSteps = new float[Axes];
        fixed (float* first = axes, centre = codec.Centre)
        {
            for (var axis = 0; axis < Axes; axis++)
            {
                _centreOnAxes[axis] = InnerProduct.Compute(first + ((nint)axis * codec.Dimension), centre, codec.Dimension);
                _axisSteps[axis] = Round(axes.AsSpan(axis * codec.Dimension, codec.Dimension), _axisCodes.AsSpan(axis * codec.CodeCount));
            }
        }
    }

    public ReadOnlySpan<float> AxisValues => _axes;

    public float Step { get; }

    public float Slack { get; }

    /// <summary>Whether a walk should ask sketches before it reads codes. Not so with a slack of 1, which stands for data whose sketches leave out too few neighbours of near rows to be worth their cache line.</summary>
    public bool PaysInWalks => Slack < 1;

    /// <summary>Writes the sketch of a vector.</summary>
    public void Encode(float* vector, sbyte* sketch)
    {
        var components = stackalloc float[Axes];
        var (own, outside) = Project(vector, components);
        var inverse = 1 / Step;
        for (var axis = 0; axis < Axes; axis++)
        {
            var code = MathF.Round(components[axis] * inverse);
            if (Math.Abs(code) > CodeMax)
                outside = float.PositiveInfinity;
            sketch[HeaderBytes + axis] = (sbyte)Math.Clamp(code, -CodeMax, CodeMax);
        }

        ((float*)sketch)[0] = own;
        ((float*)sketch)[1] = outside;
    }

    /// <summary>A query in the form that sketches are compared with, from its code: rounding to bytes matters less than that of the sketches.</summary>
    /// <param name="code">Of the codec.</param>
    /// <param name="buffer">64 bytes, used for as long as the query is.</param>
    public SketchQuery Query(sbyte* code, sbyte* buffer)
    {
        var components = stackalloc float[Axes];
        var scale = _codec.Scale(code);
        float largest = 0, inside = 0;
        fixed (sbyte* axes = _axisCodes)
        {
            for (var axis = 0; axis < Axes; axis++)
            {
                var component = scale * _axisSteps[axis] * SignedDot.Compute(code, axes + ((nint)axis * _codec.CodeCount), _codec.CodeCount);
                components[axis] = component;
                inside += component * component;
                largest = Math.Max(largest, Math.Abs(component));
            }
        }

        var step = largest / CodeMax;
        var inverse = step > 0 ? 1 / step : 0;
        // Zeros against the two numbers in front of a sketch.
        *(long*)buffer = 0;
        for (var axis = 0; axis < Axes; axis++)
            buffer[HeaderBytes + axis] = (sbyte)MathF.Round(components[axis] * inverse);
        var square = scale * scale * SignedDot.Compute(code, code, _codec.CodeCount);
        var outside = MathF.Sqrt(Math.Max(0, square - inside));
        return new SketchQuery(buffer, _codec.Own(code) + _codec.Constant, _codec.Factor * step * Step, Math.Abs(_codec.Factor) * outside, Slack);
    }

    /// <summary>A row as a query, from its sketch alone.</summary>
    public SketchQuery QueryOf(sbyte* sketch, sbyte* buffer)
    {
        Unsafe.CopyBlock(buffer, sketch, Bytes);
        *(long*)buffer = 0;
        return new SketchQuery(buffer, ((float*)sketch)[0] + _codec.Constant, _codec.Factor * Step * Step, Math.Abs(_codec.Factor) * ((float*)sketch)[1], Slack);
    }

    /// <returns>The length of one step.</returns>
    private static float Round(ReadOnlySpan<float> values, Span<sbyte> codes)
    {
        float largest = 0;
        foreach (var value in values)
            largest = Math.Max(largest, Math.Abs(value));
        var step = largest / CodeMax;
        for (var i = 0; i < values.Length; i++)
            codes[i] = step > 0 ? (sbyte)MathF.Round(values[i] / step) : (sbyte)0;
        return step;
    }

    private (float Own, float Outside) Project(float* vector, float* components)
    {
        var dimension = _codec.Dimension;
        float inside = 0, square;
        fixed (float* axes = _axes, centre = _codec.Centre)
        {
            for (var axis = 0; axis < Axes; axis++)
            {
                components[axis] = InnerProduct.Compute(axes + ((nint)axis * dimension), vector, dimension) - _centreOnAxes[axis];
                inside += components[axis] * components[axis];
            }

            square = SquaredEuclidean.Compute(vector, centre, dimension);
            var own = _codec.Metric is Metric.Euclidean ? square : -InnerProduct.Compute(vector, centre, dimension);
            return (own, MathF.Sqrt(Math.Max(0, square - inside)));
        }
    }
}

/// <summary>A query against sketches.</summary>
/// <param name="components">On the axes, behind zeros for what is in front of a sketch.</param>
/// <param name="own">What all distances from it have in common.</param>
/// <param name="times">What inner products of components are multiplied by.</param>
/// <param name="outside">What the outside of a row is multiplied by to give the most that its distance can be less.</param>
/// <param name="slackMax">Part of that which is allowed for, at most.</param>
/// <param name="slack">Part of that which is allowed for.</param>
internal readonly unsafe struct SketchQuery(sbyte* components, float own, float times, float outside, float slackMax, float slack)
{
    /// <summary>Rows whose sketches are being fetched while one is asked.</summary>
    private const int RowsAhead = 16;

    private readonly float _allowed = outside * slack;

    public SketchQuery(sbyte* components, float own, float times, float outside, float slack)
        : this(components, own, times, outside, slack, slack)
    {
    }

    /// <summary>What the distance to a vector is hardly below; no number, or below all, for one whose outside is infinite, so that a comparison "above the limit" fails.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float AtLeast(sbyte* sketch) => Inside(sketch) - (_allowed * ((float*)sketch)[1]);

    /// <summary>Keeps those of many rows that are no farther than a limit, as <see cref="AtLeast"/> tells.</summary>
    /// <param name="sketches">Of all rows.</param>
    /// <param name="rows">Takes what is kept.</param>
    /// <param name="count">Rows to ask.</param>
    /// <param name="limit">A distance.</param>
    /// <returns>How many.</returns>
    public int Sift(in StridedChunks sketches, int* rows, int count, float limit)
    {
        // What is the same for all, in locals: for all that is known here, what is written among the rows could change a field.
        var (query, common, perStep, allowed) = ((nint)components, own, times, _allowed);
        for (var i = 0; i < Math.Min(count, RowsAhead); i++)
            Prefetch.Line(sketches.At(rows[i]));
        var kept = 0;
        for (var i = 0; i < count; i++)
        {
            if (i + RowsAhead < count)
                Prefetch.Line(sketches.At(rows[i + RowsAhead]));
            var row = rows[i];
            var sketch = (sbyte*)sketches.At(row);
            var least = common + ((float*)sketch)[0] + (perStep * SignedDot.ComputeLine((sbyte*)query, sketch)) - (allowed * ((float*)sketch)[1]);
            // Without a branch: which rows pass cannot be foreseen.
            rows[kept] = row;
            kept += least > limit ? 0 : 1;
        }

        return kept;
    }

    /// <summary>The part of the most that a distance can be less, from what it is.</summary>
    public float HiddenIn(sbyte* sketch, float distance)
    {
        var most = outside * ((float*)sketch)[1];
        return most > 0 ? (Inside(sketch) - distance) / most : 0;
    }

    /// <summary>The same query, which allows for another part, from 0 to what it allowed for first.</summary>
    public SketchQuery Allowing(float part) => new(components, own, times, outside, slackMax, Math.Clamp(part, 0, slackMax));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float Inside(sbyte* sketch) => own + ((float*)sketch)[0] + (times * SignedDot.ComputeLine(components, sketch));
}
