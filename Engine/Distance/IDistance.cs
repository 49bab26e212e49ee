namespace JadeVector.Engine.Distance;

/// <summary>
/// A distance between two float32 vectors, as a type argument, so that the loops which use it are compiled for it and inline it.
/// Smaller is nearer, for every one of them.
/// </summary>
/// <remarks>
/// A sum that overflows to no number counts as infinitely far, so that results can always be put in order.
/// The width (512, 256, 128 bits or scalar) is a constant to the JIT: no choice is left at run time.
/// </remarks>
public unsafe interface IDistance
{
    /// <summary>The distance of <paramref name="a"/> and <paramref name="b"/>, both of shape [<paramref name="dimension"/>]; symmetric. Never NaN.</summary>
    static abstract float Compute(float* a, float* b, int dimension);

    /// <summary>The definition that <see cref="Compute"/> is tested against: in double, one component at a time. Never optimise it.</summary>
    static abstract double Reference(ReadOnlySpan<float> a, ReadOnlySpan<float> b);
}
