using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace JadeVector.Engine.Distance;

/// <summary>Sum of a[i] · b[i]: what both the dot and the cosine distance are made of.</summary>
internal static unsafe class InnerProduct
{
    /// <summary>The definition, in double, one component at a time.</summary>
    internal static double Reference(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (var i = 0; i < a.Length; i++)
            sum += (double)a[i] * b[i];
        return sum;
    }

    // Four independent sums hide the latency of the multiply-add; the narrower widths take over the tail of the wider ones.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Compute(float* a, float* b, int dimension)
    {
        var i = 0;
        float sum = 0;
        if (Vector512.IsHardwareAccelerated && dimension >= Vector512<float>.Count)
        {
            Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default;
            for (; i <= dimension - (4 * Vector512<float>.Count); i += 4 * Vector512<float>.Count)
            {
                s0 = Vector512.MultiplyAddEstimate(Vector512.Load(a + i), Vector512.Load(b + i), s0);
                s1 = Vector512.MultiplyAddEstimate(Vector512.Load(a + i + 16), Vector512.Load(b + i + 16), s1);
                s2 = Vector512.MultiplyAddEstimate(Vector512.Load(a + i + 32), Vector512.Load(b + i + 32), s2);
                s3 = Vector512.MultiplyAddEstimate(Vector512.Load(a + i + 48), Vector512.Load(b + i + 48), s3);
            }

            for (; i <= dimension - Vector512<float>.Count; i += Vector512<float>.Count)
                s0 = Vector512.MultiplyAddEstimate(Vector512.Load(a + i), Vector512.Load(b + i), s0);
            sum = Vector512.Sum(s0 + s1 + (s2 + s3));
        }

        if (Vector256.IsHardwareAccelerated && dimension - i >= Vector256<float>.Count)
        {
            Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
            for (; i <= dimension - (4 * Vector256<float>.Count); i += 4 * Vector256<float>.Count)
            {
                s0 = Vector256.MultiplyAddEstimate(Vector256.Load(a + i), Vector256.Load(b + i), s0);
                s1 = Vector256.MultiplyAddEstimate(Vector256.Load(a + i + 8), Vector256.Load(b + i + 8), s1);
                s2 = Vector256.MultiplyAddEstimate(Vector256.Load(a + i + 16), Vector256.Load(b + i + 16), s2);
                s3 = Vector256.MultiplyAddEstimate(Vector256.Load(a + i + 24), Vector256.Load(b + i + 24), s3);
            }

            for (; i <= dimension - Vector256<float>.Count; i += Vector256<float>.Count)
                s0 = Vector256.MultiplyAddEstimate(Vector256.Load(a + i), Vector256.Load(b + i), s0);
            sum += Vector256.Sum(s0 + s1 + (s2 + s3));
        }

        if (Vector128.IsHardwareAccelerated && dimension - i >= Vector128<float>.Count)
        {
            Vector128<float> s0 = default, s1 = default, s2 = default, s3 = default;
            for (; i <= dimension - (4 * Vector128<float>.Count); i += 4 * Vector128<float>.Count)
            {
                s0 = Vector128.MultiplyAddEstimate(Vector128.Load(a + i), Vector128.Load(b + i), s0);
                s1 = Vector128.MultiplyAddEstimate(Vector128.Load(a + i + 4), Vector128.Load(b + i + 4), s1);
                s2 = Vector128.MultiplyAddEstimate(Vector128.Load(a + i + 8), Vector128.Load(b + i + 8), s2);
                s3 = Vector128.MultiplyAddEstimate(Vector128.Load(a + i + 12), Vector128.Load(b + i + 12), s3);
            }

            for (; i <= dimension - Vector128<float>.Count; i += Vector128<float>.Count)
                s0 = Vector128.MultiplyAddEstimate(Vector128.Load(a + i), Vector128.Load(b + i), s0);
            sum += Vector128.Sum(s0 + s1 + (s2 + s3));
        }

        for (; i < dimension; i++)
            sum += a[i] * b[i];
        return sum;
    }
}
