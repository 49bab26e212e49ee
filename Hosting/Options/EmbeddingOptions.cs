using System.ComponentModel.DataAnnotations;

namespace JadeVector.Hosting.Options;

/// <summary>Section <c>Jade:Embedding</c>: models that turn text into vectors, by name.</summary>
public sealed class EmbeddingOptions
{
    public const string Section = "Jade:Embedding";

    /// <summary>The model of databases that name none; <c>jade-hashing</c> is built in.</summary>
    [Required]
    public string DefaultModel { get; set; } = "jade-hashing";

    /// <summary>OpenAI-compatible endpoints, by the name that databases and requests use.</summary>
    public Dictionary<string, EmbeddingEndpointOptions> Endpoints { get; set; } = new(StringComparer.Ordinal);
}

/// <summary>One OpenAI-compatible embedding endpoint.</summary>
public sealed class EmbeddingEndpointOptions
{
    /// <summary>As <c>https://api.openai.com/v1</c>.</summary>
    [Required]
    public Uri? BaseAddress { get; set; }

    /// <summary>The model's name at the endpoint.</summary>
    [Required]
    public string? Model { get; set; }

    public string? Key { get; set; }

    [Range(1, 600)]
    public int TimeoutSeconds { get; set; } = 30;
}
