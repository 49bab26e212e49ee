using System.ComponentModel.DataAnnotations;
using JadeVector.Hosting.Options;
using JadeVector.Models.Embeddings;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace JadeVector.Hosting.Embeddings;

/// <summary>Registers the embedding models under their names, as keyed <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/>; the default one also without a key.</summary>
internal static class EmbeddingRegistration
{
    private const string BuiltIn = "jade-hashing";

    public static void AddJadeEmbeddings(this IServiceCollection services, EmbeddingOptions options, TimeProvider clock)
    {
        services.AddKeyedSingleton<IEmbeddingGenerator<string, Embedding<float>>>(BuiltIn, new HashingEmbeddingGenerator(new HashingEmbeddingOptions()));
        foreach (var (name, endpoint) in options.Endpoints)
        {
            var problems = new List<ValidationResult>();
            if (name == BuiltIn || !Validator.TryValidateObject(endpoint, new ValidationContext(endpoint), problems, validateAllProperties: true))
            {
                var why = name == BuiltIn ? $"'{BuiltIn}' is the built-in model's name." : string.Join(' ', problems.Select(problem => problem.ErrorMessage));
                throw new JadeStartException($"Configuration section {EmbeddingOptions.Section}:Endpoints:{name}: {why}");
            }

            services.AddKeyedSingleton<IEmbeddingGenerator<string, Embedding<float>>>(name, (_, _) => new OpenAiCompatibleEmbeddingGenerator(
                new OpenAiCompatibleOptions
                {
                    BaseAddress = endpoint.BaseAddress!,
                    Model = endpoint.Model!,
                    ApiKey = endpoint.Key,
                    Timeout = TimeSpan.FromSeconds(endpoint.TimeoutSeconds),
                },
                clock));
        }

        if (options.DefaultModel != BuiltIn && !options.Endpoints.ContainsKey(options.DefaultModel))
        {
            throw new JadeStartException(
                $"Configuration {EmbeddingOptions.Section}:DefaultModel names '{options.DefaultModel}', which is neither '{BuiltIn}' nor one of {EmbeddingOptions.Section}:Endpoints.");
        }

        services.AddSingleton(new EmbeddingModels(options.DefaultModel, [BuiltIn, .. options.Endpoints.Keys]));
    }
}

/// <summary>The names that requests and databases may use, and the one for those that name none.</summary>
public sealed record EmbeddingModels(string Default, IReadOnlyList<string> Names);
