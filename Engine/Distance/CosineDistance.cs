using System.Runtime.CompilerServices;

namespace JadeVector.Engine.Distance;

/// <summary>1 - the cosine of the angle, for vectors of unit length: 0 to 2, give or take rounding. A zero vector is at distance 1 from everything.</summary>
public readonly unsafe struct CosineDistance : IDistance
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Compute(float* a, float* b, int dimension)
    {
        var distance = 1 - InnerProduct.Compute(a, b, dimension);
        return float.IsNaN(distance) ? float.PositiveInfinity : distance;
    }

    public static double Reference(ReadOnlySpan<float> a, ReadOnlySpan<float> b) => 1 - InnerProduct.Reference(a, b);
}
