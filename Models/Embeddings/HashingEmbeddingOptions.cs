namespace JadeVector.Models.Embeddings;

/// <summary>Settings of <see cref="HashingEmbeddingGenerator"/>.</summary>
public sealed record HashingEmbeddingOptions
{
    public const int DimensionMin = 8, DimensionDefault = 256, DimensionMax = 65_536;

    /// <summary>Components of a vector when the call names no number. More components, fewer collisions.</summary>
    public int Dimension { get; init => field = CheckDimension(value); } = DimensionDefault;

    internal static int CheckDimension(int dimension) => dimension is >= DimensionMin and <= DimensionMax
        ? dimension
        : throw new ArgumentOutOfRangeException(nameof(dimension), dimension, $"The hashing embedder makes {DimensionMin} to {DimensionMax} components.");
}
