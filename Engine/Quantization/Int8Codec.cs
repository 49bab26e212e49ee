using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Quantization;

/// <summary>
/// Vectors as signed bytes around a centre: x ≈ centre + scale · code, with a scale for each vector, so that no vector is ever out of range and nothing but
/// the centre is learned. Distances between codes come from one whole-number inner product and two stored numbers per vector:
/// <code>
///   distance(a, b) = (own(a) + Constant) + own(b) + Factor · scale(a) · scale(b) · Σ code(a)[i] · code(b)[i]
///   Euclidean      own(x) = scale(x)² · Σ code(x)[i]²     Constant = 0            Factor = -2    the squared distance of the decoded vectors
///   cosine         own(x) = -⟨x, centre⟩                   Constant = 1 + |centre|²  Factor = -1
///   dot            own(x) = -⟨x, centre⟩                   Constant = |centre|²      Factor = -1    since ⟨a, b⟩ = ⟨a-c, b-c⟩ + ⟨a, c⟩ + ⟨b, c⟩ - |c|²
/// </code>
/// A code in memory: CodeCount signed bytes (the dimension rounded up to 32, zeros behind), own float32, scale float32.
/// </summary>
public sealed unsafe class Int8Codec
{
    private const int SampleRowsMax = 4096;
    private const float CodeMax = 127;

    private readonly float[] _centre;

    /// <param name="metric">How vectors are compared.</param>
    /// <param name="centre">Shape [dimension]; any will do, the mean of the data gives the finest steps.</param>
    public Int8Codec(Metric metric, ReadOnlySpan<float> centre)
    {
        Metric = metric;
        _centre = centre.ToArray();
        CodeCount = CodeCountFor(centre.Length);
        var square = (float)InnerProduct.Reference(centre, centre);
        Constant = metric switch
        {
            Metric.Cosine => 1 + square,
            Metric.Euclidean => 0,
            Metric.Dot => square,
            _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, "Unknown metric."),
        };
        Factor = metric is Metric.Euclidean ? -2 : -1;
    }

    public Metric Metric { get; }

    public int Dimension => _centre.Length;

    /// <summary>Shape [dimension].</summary>
    public ReadOnlySpan<float> Centre => _centre;

    /// <summary>Signed bytes in a code.</summary>
    public int CodeCount { get; }

    /// <summary>Bytes of a code with its two numbers.</summary>
    public int CodeBytes => CodeCount + (2 * sizeof(float));

    /// <summary>What distances have in common.</summary>
    public float Constant { get; }

    /// <summary>What inner products are multiplied by.</summary>
    public float Factor { get; }

    /// <summary>Bytes of a code of so many components.</summary>
    public static int CodeBytesFor(int dimension) => CodeCountFor(dimension) + (2 * sizeof(float));

    /// <summary>A codec around the mean of rows that are spread evenly over those given.</summary>
    public static Int8Codec Train(VectorRows rows, int count, Metric metric)
    {
        var sum = new double[rows.Dimension];
        var step = Math.Max(1, count / SampleRowsMax);
        var taken = 0;
        for (var row = 0; row < count; row += step)
        {
            var values = rows.Row(row);
            for (var i = 0; i < sum.Length; i++)
                sum[i] += values[i];
            taken++;
        }

        var centre = new float[rows.Dimension];
        for (var i = 0; i < centre.Length; i++)
        {
            var mean = (float)(sum[i] / Math.Max(1, taken));
            centre[i] = float.IsFinite(mean) ? mean : 0;
        }

        return new Int8Codec(metric, centre);
    }

    /// <summary>Writes the code of a vector.</summary>
    /// <param name="vector">Shape [dimension]; unit length when the metric is cosine.</param>
    /// <param name="code">Room for <see cref="CodeBytes"/> bytes, on a 4-byte boundary; all zero beyond the dimension.</param>
    public void Encode(float* vector, sbyte* code)
    {
        fixed (float* centre = _centre)
        {
            var largest = LargestDifference(vector, centre, Dimension);
            // Beyond what float32 holds there is nothing to tell apart: such a vector counts as the centre.
            var scale = float.IsFinite(largest) ? largest / CodeMax : 0;
            WriteCodes(vector, centre, Dimension, scale > 0 ? 1 / scale : 0, code);
            var own = Metric is Metric.Euclidean
                ? scale * scale * SignedDot.Compute(code, code, CodeCount)
                : -InnerProduct.Compute(vector, centre, Dimension);
            Own(code) = float.IsFinite(own) ? own : 0;
            Scale(code) = scale;
        }
    }

    /// <summary>The number of a code that is added.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref float Own(sbyte* code) => ref *(float*)(code + CodeCount);

    /// <summary>The length of one step of a code.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref float Scale(sbyte* code) => ref *(float*)(code + CodeCount + sizeof(float));

    /// <summary>How far a distance between codes may be from that between the vectors: three standard deviations of rounding.</summary>
    /// <param name="code">The query's.</param>
    /// <param name="distance">Between codes.</param>
    public float ErrorAt(sbyte* code, float distance)
    {
        // Both sides are rounded evenly within a step, so each difference of components has a variance of scale² / 6.
        var deviation = Scale(code) / MathF.Sqrt(6);
        var length = Metric is Metric.Euclidean
            ? 2 * MathF.Sqrt(Math.Max(0, distance))
            : Scale(code) * MathF.Sqrt(SignedDot.Compute(code, code, CodeCount));
        return 3 * deviation * length;
    }

    private static int CodeCountFor(int dimension) => (dimension + SignedDot.BlockBytes - 1) & ~(SignedDot.BlockBytes - 1);

    private static float LargestDifference(float* vector, float* centre, int dimension)
    {
        Vector256<float> largest = default;
        var i = 0;
        for (; i <= dimension - Vector256<float>.Count; i += Vector256<float>.Count)
            largest = Vector256.Max(largest, Vector256.Abs(Vector256.Load(vector + i) - Vector256.Load(centre + i)));
        var rest = 0f;
        for (var lane = 0; lane < Vector256<float>.Count; lane++)
            rest = Math.Max(rest, largest[lane]);
        for (; i < dimension; i++)
            rest = Math.Max(rest, Math.Abs(vector[i] - centre[i]));
        return rest;
    }

    private static void WriteCodes(float* vector, float* centre, int dimension, float inverse, sbyte* code)
    {
        var i = 0;
        var top = Vector256.Create((int)CodeMax);
        for (; i <= dimension - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            var scaled = Vector256.Round((Vector256.Load(vector + i) - Vector256.Load(centre + i)) * inverse);
            var whole = Vector256.Max(Vector256.Min(Vector256.ConvertToInt32(scaled), top), -top);
            var shorts = Vector128.Narrow(whole.GetLower(), whole.GetUpper());
            Vector128.Narrow(shorts, shorts).GetLower().Store(code + i);
        }

        for (; i < dimension; i++)
            code[i] = (sbyte)Math.Clamp(MathF.Round((vector[i] - centre[i]) * inverse), -CodeMax, CodeMax);
    }
}
