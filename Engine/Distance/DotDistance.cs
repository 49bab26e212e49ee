using System.Runtime.CompilerServices;

namespace JadeVector.Engine.Distance;

/// <summary>The inner product, negated so that smaller is nearer. Any number.</summary>
public readonly unsafe struct DotDistance : IDistance
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Compute(float* a, float* b, int dimension)
    {
        var distance = -InnerProduct.Compute(a, b, dimension);
        return float.IsNaN(distance) ? float.PositiveInfinity : distance;
    }

    public static double Reference(ReadOnlySpan<float> a, ReadOnlySpan<float> b) => -InnerProduct.Reference(a, b);
}
