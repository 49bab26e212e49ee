using System.Runtime.Intrinsics;

namespace JadeVector.Engine.Quantization;

/// <summary>
/// A rotation that spreads every vector evenly over its components: four rounds of random signs, a Hadamard transform of the first or the last power of two of
/// components, and a mixing of the two halves. Costs dimension · log(dimension), and needs no memory but the signs.
/// </summary>
/// <remarks>After Ailon and Chazelle, The fast Johnson-Lindenstrauss transform (2009), in the form for any length that RaBitQ (arXiv:2405.12497) is used with.</remarks>
internal sealed unsafe class RandomRotation
{
    private const int Rounds = 4;

    private readonly float[] _signs;
    private readonly int _power;

    /// <param name="length">Components, a multiple of 64.</param>
    /// <param name="seed">The same seed gives the same rotation.</param>
    public RandomRotation(int length, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(length % 64, 0);
        Length = length;
        _power = (int)(System.Numerics.BitOperations.RoundUpToPowerOf2((uint)length + 1) / 2);
        _signs = new float[Rounds * length];
        foreach (ref var sign in _signs.AsSpan())
        {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            sign = (seed >> 63) == 0 ? 1 : -1;
        }
    }

    public int Length { get; }

    /// <summary>Rotates in place; lengths and angles stay.</summary>
    public void Apply(float* values)
    {
        fixed (float* signs = _signs)
        {
            for (var round = 0; round < Rounds; round++)
            {
                for (var i = 0; i < Length; i += 8)
                    (Vector256.Load(values + i) * Vector256.Load(signs + (round * Length) + i)).Store(values + i);
                Hadamard(values + ((round & 1) == 0 ? 0 : Length - _power), _power);
                if (_power != Length)
                    MixHalves(values, Length / 2);
            }
        }
    }

    private static void Hadamard(float* values, int count)
    {
        for (var half = 1; half < 8; half *= 2)
        {
            for (var start = 0; start < count; start += 2 * half)
            {
                for (var i = start; i < start + half; i++)
                    (values[i], values[i + half]) = (values[i] + values[i + half], values[i] - values[i + half]);
            }
        }

        for (var half = 8; half < count; half *= 2)
        {
            for (var start = 0; start < count; start += 2 * half)
            {
                for (var i = start; i < start + half; i += 8)
                {
                    var (a, b) = (Vector256.Load(values + i), Vector256.Load(values + i + half));
                    (a + b).Store(values + i);
                    (a - b).Store(values + i + half);
                }
            }
        }

        var scale = 1 / MathF.Sqrt(count);
        for (var i = 0; i < count; i += 8)
            (Vector256.Load(values + i) * scale).Store(values + i);
    }

    private static void MixHalves(float* values, int half)
    {
        var scale = 1 / MathF.Sqrt(2);
        for (var i = 0; i < half; i += 8)
        {
            var (a, b) = (Vector256.Load(values + i), Vector256.Load(values + i + half));
            ((a + b) * scale).Store(values + i);
            ((a - b) * scale).Store(values + i + half);
        }
    }
}
