namespace JadeVector.Engine.Distance;

/// <summary>From internal distances, where smaller is nearer, to the two numbers that callers see.</summary>
public static class Scores
{
    /// <summary>Higher is better: the cosine, the inner product, or 1 / (1 + distance) for Euclidean.</summary>
    public static float Similarity(Metric metric, float distance) => metric switch
    {
        Metric.Cosine => 1 - distance,
        Metric.Euclidean => 1 / (1 + PublicDistance(Metric.Euclidean, distance)),
        Metric.Dot => -distance,
        _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, "Unknown metric."),
    };

    /// <summary>Lower is better: 1 - cosine, the Euclidean length of the difference, or the negated inner product.</summary>
    public static float PublicDistance(Metric metric, float distance) => metric switch
    {
        Metric.Cosine => distance,
        Metric.Euclidean => MathF.Sqrt(distance),
        Metric.Dot => distance,
        _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, "Unknown metric."),
    };
}
