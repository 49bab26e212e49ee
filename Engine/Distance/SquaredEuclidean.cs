using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace JadeVector.Engine.Distance;

/// <summary>Sum of (a[i] - b[i])²: the order of Euclidean distance without its root. From 0 up.</summary>
public readonly unsafe struct SquaredEuclidean : IDistance
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Compute(float* a, float* b, int dimension)
    {
        var sum = Sum(a, b, dimension);
        return float.IsNaN(sum) ? float.PositiveInfinity : sum;
    }

    public static double Reference(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (var i = 0; i < a.Length; i++)
        {
            var difference = (double)a[i] - b[i];
            sum += difference * difference;
        }

        return sum;
    }

    // Four independent sums hide the latency of the multiply-add; the narrower widths take over the tail of the wider ones.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Sum(float* a, float* b, int dimension)
    {
        var i = 0;
        float sum = 0;
        if (Vector512.IsHardwareAccelerated && dimension >= Vector512<float>.Count)
        {
            Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
            for (; i <= dimension - (4 * Vector512<float>.Count); i += 4 * Vector512<float>.Count)
            {
                s0 = Step(Vector512.Load(a + i), Vector512.Load(b + i), s0);
                s1 = Step(Vector512.Load(a + i + 16), Vector512.Load(b + i + 16), s1);
                s2 = Step(Vector512.Load(a + i + 32), Vector512.Load(b + i + 32), s2);
                s3 = Step(Vector512.Load(a + i + 48), Vector512.Load(b + i + 48), s3);
            }

            for (; i <= dimension - Vector512<float>.Count; i += Vector512<float>.Count)
                s0 = Step(Vector512.Load(a + i), Vector512.Load(b + i), s0);
            sum = Vector512.Sum(s0 + s1 + (s2 + s3));
        }

        if (Vector256.IsHardwareAccelerated && dimension - i >= Vector256<float>.Count)
        {
            Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
            for (; i <= dimension - (4 * Vector256<float>.Count); i += 4 * Vector256<float>.Count)
            {
                s0 = Step(Vector256.Load(a + i), Vector256.Load(b + i), s0);
                s1 = Step(Vector256.Load(a + i + 8), Vector256.Load(b + i + 8), s1);
                s2 = Step(Vector256.Load(a + i + 16), Vector256.Load(b + i + 16), s2);
                s3 = Step(Vector256.Load(a + i + 24), Vector256.Load(b + i + 24), s3);
            }

            for (; i <= dimension - Vector256<float>.Count; i += Vector256<float>.Count)
                s0 = Step(Vector256.Load(a + i), Vector256.Load(b + i), s0);
            sum += Vector256.Sum(s0 + s1 + (s2 + s3));
        }

        if (Vector128.IsHardwareAccelerated && dimension - i >= Vector128<float>.Count)
        {
            Vector128<float> s0 = default, s1 = default, s2 = default, s3 = default;
            for (; i <= dimension - (4 * Vector128<float>.Count); i += 4 * Vector128<float>.Count)
            {
                s0 = Step(Vector128.Load(a + i), Vector128.Load(b + i), s0);
                s1 = Step(Vector128.Load(a + i + 4), Vector128.Load(b + i + 4), s1);
                s2 = Step(Vector128.Load(a + i + 8), Vector128.Load(b + i + 8), s2);
                s3 = Step(Vector128.Load(a + i + 12), Vector128.Load(b + i + 12), s3);
            }

            for (; i <= dimension - Vector128<float>.Count; i += Vector128<float>.Count)
                s0 = Step(Vector128.Load(a + i), Vector128.Load(b + i), s0);
            sum += Vector128.Sum(s0 + s1 + (s2 + s3));
        }

        for (; i < dimension; i++)
        {
            var difference = a[i] - b[i];
            sum += difference * difference;
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Step(Vector512<float> a, Vector512<float> b, Vector512<float> sum)
    {
        var difference = a - b;
        return Vector512.MultiplyAddEstimate(difference, difference, sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Step(Vector256<float> a, Vector256<float> b, Vector256<float> sum)
    {
        var difference = a - b;
        return Vector256.MultiplyAddEstimate(difference, difference, sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Step(Vector128<float> a, Vector128<float> b, Vector128<float> sum)
    {
        var difference = a - b;
        return Vector128.MultiplyAddEstimate(difference, difference, sum);
    }
}
