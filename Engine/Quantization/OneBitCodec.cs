using System.Numerics;
using System.Runtime.CompilerServices;
using JadeVector.Engine.Distance;

namespace JadeVector.Engine.Quantization;

/// <summary>
/// Vectors as a bit per component: the signs of the difference from a centre after a random rotation, and numbers that make the estimate of an inner product
/// unbiased and bound its error (RaBitQ: Gao and Long, arXiv:2405.12497). The query is rotated too and kept with 4 bits per component.
/// <code>
///   r = rotate(x - centre)   bit[i] = r[i] ≥ 0   S(x) = Σ |r[i]|
///   ⟨x - centre, q - centre⟩ ≈ stretch(x) · Σ ±rq[i]       stretch(x) = |r|² / S(x)
///   its error is below 1.9 · |rq| · spread(x), nearly always   spread(x) = sqrt((|r|⁴ / S(x)² · n - |r|²) / (n - 1)), n the number of bits
///   own(x) as in <see cref="Int8Codec"/>, with |x - centre|² for Euclidean
/// </code>
/// A code in memory: bits in 64-bit words (the dimension rounded up to 64), own float32, stretch float32, spread float32, balance float32 (ones minus zeros).
/// </summary>
internal sealed unsafe class OneBitCodec
{
    /// <summary>Bits per component of a query.</summary>
    public const int Planes = 4;
    private const int Numbers = 4;
    private const float Confidence = 1.9f;
    private const ulong RotationSeed = 0x4A616465_42697473;

    private readonly float[] _centre;
    private readonly RandomRotation _rotation;

    public OneBitCodec(Metric metric, ReadOnlySpan<float> centre)
    {
        Metric = metric;
        _centre = centre.ToArray();
        Words = WordsFor(centre.Length);
        _rotation = new RandomRotation(64 * Words, RotationSeed);
        var square = (float)InnerProduct.Reference(centre, centre);
        Constant = metric is Metric.Euclidean ? 0 : metric is Metric.Cosine ? 1 + square : square;
        Factor = metric is Metric.Euclidean ? -2 : -1;
    }

    public Metric Metric { get; }

    public ReadOnlySpan<float> Centre => _centre;

    /// <summary>64-bit words of a code.</summary>
    public int Words { get; }

    public float Constant { get; }

    public float Factor { get; }

    /// <summary>Bytes of a code of so many components, with its numbers.</summary>
    public static int CodeBytesFor(int dimension) => (WordsFor(dimension) * sizeof(ulong)) + (Numbers * sizeof(float));

    /// <summary>Floats of memory that encoding needs.</summary>
    public int RoomFloats => 64 * Words;

    /// <summary>Writes the code of a vector.</summary>
    public void Encode(float* vector, float* room, byte* code)
    {
        var (own, square) = Rotate(vector, room);
        var n = 64 * Words;
        double absolute = 0;
        var ones = 0;
        for (var word = 0; word < Words; word++)
        {
            ulong bits = 0;
            for (var i = 0; i < 64; i++)
            {
                var value = room[(64 * word) + i];
                bits |= value >= 0 ? 1UL << i : 0;
                absolute += Math.Abs(value);
            }

            ((ulong*)code)[word] = bits;
            ones += BitOperations.PopCount(bits);
        }

        var stretch = absolute > 0 ? square / absolute : 0;
        var numbers = (float*)(code + (Words * sizeof(ulong)));
        numbers[0] = own;
        numbers[1] = (float)stretch;
        numbers[2] = (float)Math.Sqrt(Math.Max(0, ((stretch * stretch * n) - square) / (n - 1)));
        numbers[3] = (2 * ones) - n;
    }

    /// <summary>A query in the form that codes are compared with.</summary>
    /// <param name="vector">Shape [dimension].</param>
    /// <param name="room"><see cref="RoomFloats"/> floats, free again afterwards.</param>
    /// <param name="planes">Words · <see cref="Planes"/> words, used for as long as the query is: for each word of a code its four planes.</param>
    public BitQuery Query(float* vector, float* room, ulong* planes)
    {
        var (own, square) = Rotate(vector, room);
        var n = 64 * Words;
        float least = room[0], most = room[0];
        for (var i = 1; i < n; i++)
        {
            least = Math.Min(least, room[i]);
            most = Math.Max(most, room[i]);
        }

        var step = (most - least) / ((1 << Planes) - 1);
        var inverse = step > 0 ? 1 / step : 0;
        new Span<ulong>(planes, Words * Planes).Clear();
        var sum = 0;
        for (var i = 0; i < n; i++)
        {
            var value = (int)MathF.Round((room[i] - least) * inverse);
            sum += value;
            for (var plane = 0; plane < Planes; plane++)
                planes[((i >> 6) * Planes) + plane] |= (ulong)((value >> plane) & 1) << (i & 63);
        }

        return new BitQuery(planes, Words, own + Constant, Factor, step, least, sum, Math.Abs(Factor) * Confidence * MathF.Sqrt(square));
    }

    private static int WordsFor(int dimension) => (dimension + 63) / 64;

    /// <summary>The rotated difference from the centre, and what goes with it.</summary>
    private (float Own, float Square) Rotate(float* vector, float* room)
    {
        var dimension = _centre.Length;
        fixed (float* centre = _centre)
        {
            for (var i = 0; i < dimension; i++)
                room[i] = vector[i] - centre[i];
            new Span<float>(room + dimension, RoomFloats - dimension).Clear();
            var square = InnerProduct.Compute(room, room, dimension);
            _rotation.Apply(room);
            return (Metric is Metric.Euclidean ? square : -InnerProduct.Compute(vector, centre, dimension), square);
        }
    }
}

/// <summary>A query against one-bit codes.</summary>
internal readonly unsafe struct BitQuery(ulong* planes, int words, float own, float factor, float step, float least, int sum, float error)
{
    /// <summary>The estimate of a distance.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float To(byte* code)
    {
        var numbers = (float*)(code + (words * sizeof(ulong)));
        // Σ ±(least + step · value) = least · (ones - zeros) + step · (2 · Σ of the values at ones - Σ of all).
        var product = (least * numbers[3]) + (step * ((2 * BitDot.Compute((ulong*)code, planes, words)) - sum));
        return own + numbers[0] + (factor * numbers[1] * product);
    }

    /// <summary>How far the estimate may be off.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float ErrorOf(byte* code) => error * ((float*)(code + (words * sizeof(ulong))))[2];
}

/// <summary>Sum of 4-bit values where a bit is set.</summary>
internal static unsafe class BitDot
{
    /// <summary>The definition: one bit after the other.</summary>
    public static int Reference(ReadOnlySpan<ulong> code, ReadOnlySpan<ulong> planes)
    {
        var sum = 0;
        for (var i = 0; i < 64 * code.Length; i++)
        {
            if (((code[i / 64] >> (i % 64)) & 1) == 0)
                continue;
            for (var plane = 0; plane < OneBitCodec.Planes; plane++)
                sum += (int)((planes[((i / 64) * OneBitCodec.Planes) + plane] >> (i % 64)) & 1) << plane;
        }

        return sum;
    }

    // Population counts of words: processors have an instruction for it, several a cycle, and codes are a few words.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Compute(ulong* code, ulong* planes, int words)
    {
        int s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        for (var word = 0; word < words; word++)
        {
            var bits = code[word];
            s0 += BitOperations.PopCount(bits & planes[0]);
            s1 += BitOperations.PopCount(bits & planes[1]);
            s2 += BitOperations.PopCount(bits & planes[2]);
            s3 += BitOperations.PopCount(bits & planes[3]);
            planes += OneBitCodec.Planes;
        }

        return s0 + (2 * s1) + (4 * s2) + (8 * s3);
    }
}
