using System.Runtime.Intrinsics;

namespace JadeVector.Engine.Distance;

/// <summary>Distances by metric, for places that compute a few; loops take the metric's <see cref="IDistance"/> as a type argument instead.</summary>
public static unsafe class DistanceKernels
{
    /// <summary>The widest vectors that the kernels use here: 512, 256, 128, or 0 for scalar code.</summary>
    public static int WidestVectorBits =>
        Vector512.IsHardwareAccelerated ? 512 : Vector256.IsHardwareAccelerated ? 256 : Vector128.IsHardwareAccelerated ? 128 : 0;

    /// <summary>The internal distance of two vectors of the same dimension, smaller is nearer; unit vectors when the metric is cosine.</summary>
    /// <exception cref="ArgumentException">The dimensions differ.</exception>
    public static float Compute(Metric metric, ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        if (a.Length != b.Length)
            throw new ArgumentException($"Vectors of {a.Length} and {b.Length} components cannot be compared.", nameof(b));
        fixed (float* first = a, second = b)
            return For(metric)(first, second, a.Length);
    }

    /// <summary>The kernel of a metric: first vector, second vector, dimension.</summary>
    public static delegate*<float*, float*, int, float> For(Metric metric) => metric switch
    {
        Metric.Cosine => &CosineDistance.Compute,
        Metric.Euclidean => &SquaredEuclidean.Compute,
        Metric.Dot => &DotDistance.Compute,
        _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, "Unknown metric."),
    };

    /// <summary>The euclidean length of a vector, summed in double.</summary>
    public static float Norm(ReadOnlySpan<float> values) => (float)Math.Sqrt(InnerProduct.Reference(values, values));

    /// <summary>Scales a vector to unit length; one whose length is zero stays as it is.</summary>
    /// <returns>The length it had.</returns>
    public static float Normalize(Span<float> values)
    {
        // In double: components of 1e30 have a length although their squares are infinite in float32, and 1e-30 do not vanish.
        var norm = Math.Sqrt(InnerProduct.Reference(values, values));
        if (norm > 0)
        {
            var scale = 1 / norm;
            foreach (ref var value in values)
                value = (float)(value * scale);
        }

        return (float)norm;
    }
}
