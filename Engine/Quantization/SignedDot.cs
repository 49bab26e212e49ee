using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace JadeVector.Engine.Quantization;

/// <summary>Sum of a[i] · b[i] over signed bytes from -127 to 127: whole numbers, so every path gives the same result.</summary>
/// <remarks>
/// The symmetric range is what makes the AVX2 path exact: |a| · ±b in pairs is at most 2 · 127², which fits 16 bits, where -128 would not.
/// Which path runs is a constant to the JIT. The order is that of speed where a processor has several.
/// </remarks>
internal static unsafe class SignedDot
{
    /// <summary>Counts are multiples of this; padding is zero on at least one side.</summary>
    public const int BlockBytes = 32;

    /// <summary>Components beyond which a sum might not fit 32 bits.</summary>
    public const int CountMax = 131_072;

    /// <summary>The definition, one component at a time. Never optimise it.</summary>
    public static int Reference(ReadOnlySpan<sbyte> a, ReadOnlySpan<sbyte> b)
    {
        var sum = 0;
        for (var i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    /// <param name="a">Signed bytes, -128 not among them.</param>
    /// <param name="b">The same.</param>
    /// <param name="count">A multiple of <see cref="BlockBytes"/>, at most <see cref="CountMax"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Compute(sbyte* a, sbyte* b, int count)
    {
        if (AvxVnni.IsSupported)
            return ByVnni(a, b, count);
        if (Avx512BW.IsSupported)
            return ByAvx512(a, b, count);
        if (Avx2.IsSupported)
            return ByAvx2(a, b, count);
        if (Dp.IsSupported)
            return ByArmDot(a, b, count);
        return Vector128.IsHardwareAccelerated ? ByVector128(a, b, count) : Scalar(a, b, count);
    }

    /// <summary>The same for 64 components, a cache line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ComputeLine(sbyte* a, sbyte* b)
    {
        if (!AvxVnni.IsSupported)
            return Compute(a, b, 2 * BlockBytes);
        Vector256<int> sum = default;
        sum = AvxVnni.MultiplyWideningAndAdd(sum, Avx2.Abs(Vector256.Load(a)), Avx2.Sign(Vector256.Load(b), Vector256.Load(a)));
        sum = AvxVnni.MultiplyWideningAndAdd(sum, Avx2.Abs(Vector256.Load(a + BlockBytes)), Avx2.Sign(Vector256.Load(b + BlockBytes), Vector256.Load(a + BlockBytes)));
        return Vector256.Sum(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int ByAvx2(sbyte* a, sbyte* b, int count)
    {
        var ones = Vector256.Create((short)1);
        Vector256<int> s0 = default, s1 = default;
        var i = 0;
        for (; i <= count - 64; i += 64)
        {
            s0 += Avx2.MultiplyAddAdjacent(Pairs(a + i, b + i), ones);
            s1 += Avx2.MultiplyAddAdjacent(Pairs(a + i + 32, b + i + 32), ones);
        }

        if (i < count)
            s0 += Avx2.MultiplyAddAdjacent(Pairs(a + i, b + i), ones);
        return Vector256.Sum(s0 + s1);
    }

    internal static int ByVnni(sbyte* a, sbyte* b, int count)
    {
        Vector256<int> sum = default;
        for (var i = 0; i < count; i += 32)
        {
            var left = Vector256.Load(a + i);
            sum = AvxVnni.MultiplyWideningAndAdd(sum, Avx2.Abs(left), Avx2.Sign(Vector256.Load(b + i), left));
        }

        return Vector256.Sum(sum);
    }

    internal static int ByAvx512(sbyte* a, sbyte* b, int count)
    {
        Vector512<int> sum = default;
        for (var i = 0; i < count; i += 32)
            sum += Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(Vector256.Load(a + i)), Avx512BW.ConvertToVector512Int16(Vector256.Load(b + i)));
        return Vector512.Sum(sum);
    }

    internal static int ByArmDot(sbyte* a, sbyte* b, int count)
    {
        Vector128<int> s0 = default, s1 = default;
        for (var i = 0; i < count; i += 32)
        {
            s0 = Dp.DotProduct(s0, Vector128.Load(a + i), Vector128.Load(b + i));
            s1 = Dp.DotProduct(s1, Vector128.Load(a + i + 16), Vector128.Load(b + i + 16));
        }

        return Vector128.Sum(s0 + s1);
    }

    /// <summary>For processors with none of the above: SSE, plain NEON, WebAssembly.</summary>
    internal static int ByVector128(sbyte* a, sbyte* b, int count)
    {
        Vector128<int> sum = default;
        for (var i = 0; i < count; i += 16)
        {
            var (aLow, aHigh) = Vector128.Widen(Vector128.Load(a + i));
            var (bLow, bHigh) = Vector128.Widen(Vector128.Load(b + i));
            // Two products of 127² and their sum fit 16 bits signed.
            var (low, high) = Vector128.Widen((aLow * bLow) + (aHigh * bHigh));
            sum += low + high;
        }

        return Vector128.Sum(sum);
    }

    internal static int Scalar(sbyte* a, sbyte* b, int count)
    {
        var sum = 0;
        for (var i = 0; i < count; i++)
            sum += a[i] * b[i];
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Pairs(sbyte* a, sbyte* b)
    {
        var left = Vector256.Load(a);
        return Avx2.MultiplyAddAdjacent(Avx2.Abs(left), Avx2.Sign(Vector256.Load(b), left));
    }
}
