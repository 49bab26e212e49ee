using Microsoft.Extensions.AI;

namespace JadeVector.Models.Embeddings;

/// <summary>Embeds text by the words and parts of words it has: needs no model, no network and no training, and finds what shares words, not what shares meaning.</summary>
/// <remarks>
/// Feature hashing with signs (Weinberger et al., arXiv:0902.2206), several components a feature, over lower-cased words, pairs of neighbouring words and
/// character 3- to 5-grams of padded words (as fastText, arXiv:1607.04606), each weighted by 1 + ln(count). Stop words of English weigh little.
/// The same text gives the same vector in every process and release: stored vectors depend on it, and golden values in the tests pin it.
/// </remarks>
public sealed class HashingEmbeddingGenerator(HashingEmbeddingOptions options) : IEmbeddingGenerator<string, Embedding<float>>
{
    /// <summary>The name under which the embedder is registered and reported.</summary>
    public const string ModelId = "jade-hashing-v1";

    /// <summary>Components that a feature goes to: when two features meet in one of them, that is an eighth of a false match and not a whole one.</summary>
    private const int ProbesPerFeature = 8;

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
            var share = weight * (1 + Math.Log(count)) / ProbesPerFeature;
            var state = hash;
            for (var probe = 0; probe < ProbesPerFeature; probe++)
            {
                var bits = Next(ref state);
                sums[(int)(((bits >> 32) * (ulong)dimension) >> 32)] += (bits & 1) == 0 ? share : -share;
            }
        }

        var length = Math.Sqrt(sums.Sum(sum => sum * sum));
        return length == 0 ? new float[dimension] : Array.ConvertAll(sums, sum => (float)(sum / length));
    }

    /// <summary>SplitMix64 (Steele, Lea, Flood 2014): many numbers from one.</summary>
    private static ulong Next(ref ulong state)
    {
        state += 0x9E37_79B9_7F4A_7C15;
        var bits = (state ^ (state >> 30)) * 0xBF58_476D_1CE4_E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D0_49BB_1331_11EB;
        return bits ^ (bits >> 31);
    }
}
