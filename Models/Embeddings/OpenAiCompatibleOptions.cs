namespace JadeVector.Models.Embeddings;

/// <summary>Where and how to ask an endpoint that speaks OpenAI's embeddings API (OpenAI, vLLM, Ollama, LM Studio, text-embeddings-inference …).</summary>
public sealed record OpenAiCompatibleOptions
{
    public const int RetriesMin = 0, RetriesDefault = 3, RetriesMax = 10;

    public const int BatchSizeMin = 1, BatchSizeDefault = 128, BatchSizeMax = 2_048;

    /// <summary>What stands before <c>/embeddings</c>, such as <c>https://api.openai.com/v1</c>.</summary>
    public required Uri BaseAddress { get; init; }

    /// <summary>The endpoint's name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>Sent as a bearer token; null sends none.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Components that every vector must have; null takes what comes.</summary>
    public int? Dimension { get; init; }

    /// <summary>Whether to ask the endpoint for <see cref="Dimension"/>; many models cannot choose, and refuse the question.</summary>
    public bool SendDimension { get; init; }

    /// <summary>For one request with all its retries.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Tries after the first one, on 408, 429, 5xx and lost connections, with growing pauses or as Retry-After says.</summary>
    public int Retries { get; init; } = RetriesDefault;

    /// <summary>Texts in one request; more are sent one request after the other.</summary>
    public int BatchSize { get; init; } = BatchSizeDefault;

    /// <summary>All but the key.</summary>
    public override string ToString() => $"{Model} at {BaseAddress}";

    /// <exception cref="ArgumentException">Names the setting and its range.</exception>
    internal void Validate()
    {
        if (!BaseAddress.IsAbsoluteUri || BaseAddress.Scheme is not ("http" or "https"))
            throw new ArgumentException($"{nameof(BaseAddress)} is an absolute http or https address.");
        ArgumentException.ThrowIfNullOrWhiteSpace(Model);
        if (Timeout <= TimeSpan.Zero) throw new ArgumentException($"{nameof(Timeout)} is above zero.");
        if (Retries is < RetriesMin or > RetriesMax) throw new ArgumentException($"{nameof(Retries)} is {RetriesMin} to {RetriesMax}.");
        if (BatchSize is < BatchSizeMin or > BatchSizeMax) throw new ArgumentException($"{nameof(BatchSize)} is {BatchSizeMin} to {BatchSizeMax}.");
        if (Dimension < 1) throw new ArgumentException($"{nameof(Dimension)} is at least 1.");
    }
}
