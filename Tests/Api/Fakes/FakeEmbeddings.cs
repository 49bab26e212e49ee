using Microsoft.Extensions.AI;

namespace JadeVector.Tests.Api.Fakes;

/// <summary>Embeds a text as its length followed by zeros; fails when told to.</summary>
internal sealed class FakeEmbeddings(int ownDimension) : IEmbeddingGenerator<string, Embedding<float>>
{
    public Exception? Problem { get; set; }

    public List<string> Texts { get; } = [];

    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (Problem is not null)
            return Task.FromException<GeneratedEmbeddings<Embedding<float>>>(Problem);
        var texts = values.ToList();
        Texts.AddRange(texts);
        return Task.FromResult(new GeneratedEmbeddings<Embedding<float>>(texts.Select(text =>
        {
            var vector = new float[options?.Dimensions ?? ownDimension];
            vector[0] = text.Length;
            return new Embedding<float>(vector);
        })));
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceType == typeof(EmbeddingGeneratorMetadata) ? new EmbeddingGeneratorMetadata("fake-provider") : null;

    public void Dispose()
    {
    }
}
