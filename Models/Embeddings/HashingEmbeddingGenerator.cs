using Microsoft.Extensions.AI;

namespace JadeVector.Models.Embeddings;

/// <summary>Embeds text by the words and parts of words it has: needs no model, no network and no training, and finds what shares words, not what shares meaning.</summary>
/// <remarks>
/// Feature hashing with signs (Weinberger et al., arXiv:0902.2206) over lower-cased words, pairs of neighbouring words and
/// character 3- to 5-grams of padded words (as fastText, arXiv:1607.04606), each weighted by 1 + ln(count). Stop words of English weigh little.
/// The same text gives the same vector in every process and release: stored vectors depend on it, and golden values in the tests pin it.
/// </remarks>
public sealed class HashingEmbeddingGenerator(HashingEmbeddingOptions options) : IEmbeddingGenerator<string, Embedding<float>>
{
    /// <summary>The name under which the embedder is registered and reported.</summary>
    public const string ModelId = "jade-hashing-v1";

    private readonly EmbeddingGeneratorMetadata _metadata = new("jade", providerUri: null, ModelId, options.Dimension);

    /// <summary>One vector per text, in order; unit length, or all zeros for a text without a letter, digit or symbol.</summary>
    /// <param name="options">Only <see cref="EmbeddingGenerationOptions.Dimensions"/> counts.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of dimensions is out of range.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        var dimension = HashingEmbeddingOptions.CheckDimension(options?.Dimensions ?? _metadata.DefaultModelDimensions!.Value);
        var embeddings = new GeneratedEmbeddings<Embedding<float>>();
        foreach (var text in values)
        {
            cancellationToken.ThrowIfCancellationRequested();
            embeddings.Add(new Embedding<float>(Embed(text, dimension)) { ModelId = ModelId });
        }

        return Task.FromResult(embeddings);
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType == typeof(EmbeddingGeneratorMetadata) ? _metadata
        : serviceKey is null && serviceType.IsInstanceOfType(this) ? this
        : null;

    public void Dispose()
    {
        // Holds nothing; the interface asks for it.
    }

    private static float[] Embed(string text, int dimension)
    {
        var sums = new double[dimension];
        foreach (var (hash, weight, count) in TextFeatures.Of(text))
        {
            var component = (int)(((hash >> 32) * (ulong)dimension) >> 32);
            var sign = (hash & 1) == 0 ? 1 : -1;
            sums[component] += sign * weight * (1 + Math.Log(count));
        }

        var length = Math.Sqrt(sums.Sum(sum => sum * sum));
        return length == 0 ? new float[dimension] : Array.ConvertAll(sums, sum => (float)(sum / length));
    }
}
