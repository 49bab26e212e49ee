using JadeVector.Grains.Interfaces;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace JadeVector.Hosting.Edge;

/// <summary>Turns texts into vectors with the model of that name: the keyed <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/>s of the host.</summary>
internal sealed partial class TextEmbedder(IServiceProvider services, IOptions<EmbeddingDefaults> defaults, ILogger<TextEmbedder> log)
{
    /// <summary>The model for a name that a client gave; null, empty and <c>default</c> are the node's default.</summary>
    public string NameOf(string? model) => string.IsNullOrEmpty(model) || model == "default" ? defaults.Value.DefaultModel : model;

    public bool Has(string? model) => Find(NameOf(model)) is not null;

    /// <summary>Who provides the model, as it says of itself; null when it does not.</summary>
    public string? ProviderOf(string? model) =>
        Find(NameOf(model))?.GetService(typeof(EmbeddingGeneratorMetadata)) is EmbeddingGeneratorMetadata metadata ? metadata.ProviderName : null;

    /// <summary>Vectors for texts that go into, or are searched in, a database.</summary>
    /// <param name="field">What to blame when the model's dimension is another.</param>
    public async Task<byte[][]> EmbedForAsync(DatabaseDescription database, IReadOnlyList<string> texts, string field, CancellationToken cancellation)
    {
        var embeddings = await GenerateAsync(database.Settings.EmbeddingModel, texts, database.Settings.Dimension, cancellation);
        var values = new byte[texts.Count][];
        for (var i = 0; i < values.Length; i++)
        {
            var vector = embeddings[i].Vector;
            if (vector.Length != database.Settings.Dimension)
            {
                var model = NameOf(database.Settings.EmbeddingModel);
                throw new ApiRefusal(
                    "wrong_dimension",
                    $"'{field}' was embedded by '{model}' into {vector.Length} components; the database has dimension {database.Settings.Dimension}.",
                    ("field", field), ("expected", database.Settings.Dimension), ("actual", vector.Length));
            }

            values[i] = VectorBytes.Of(vector.Span, field);
        }

        return values;
    }

    /// <summary>Fills in the values of the items that have only a text, all of them or none.</summary>
    public async Task EmbedAsync(DatabaseDescription database, IReadOnlyList<VectorItem> items, CancellationToken cancellation)
    {
        var bare = items.Where(item => item.Values is null).ToList();
        if (bare.Count == 0)
            return;

        var values = await EmbedForAsync(database, [.. bare.Select(item => item.Text!)], "text", cancellation);
        for (var i = 0; i < bare.Count; i++)
            bare[i].Values = values[i];
    }

    /// <exception cref="ApiRefusal">No such model, or <c>embedding_unavailable</c> whatever went wrong in it.</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        string? model, IReadOnlyList<string> texts, int? dimension, CancellationToken cancellation)
    {
        var name = NameOf(model);
        var generator = Find(name) ?? throw Refuse.Invalid("model", $"'{name}' is not a model of this node.");
        GeneratedEmbeddings<Embedding<float>> embeddings;
        try
        {
            embeddings = await generator.GenerateAsync(texts, new EmbeddingGenerationOptions { Dimensions = dimension }, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception problem)
        {
            LogUnavailable(log, problem, name);
            throw new ApiRefusal(
                "embedding_unavailable", $"The embedding model '{name}' failed: {problem.Message} Nothing was stored.", ("model", name));
        }

        return embeddings.Count == texts.Count
            ? embeddings
            : throw new ApiRefusal(
                "embedding_unavailable",
                $"The embedding model '{name}' answered with {embeddings.Count} vectors for {texts.Count} texts. Nothing was stored.", ("model", name));
    }

    private IEmbeddingGenerator<string, Embedding<float>>? Find(string name) => services.GetKeyedService<IEmbeddingGenerator<string, Embedding<float>>>(name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The embedding model {Model} failed")]
    private static partial void LogUnavailable(ILogger logger, Exception problem, string model);
}
