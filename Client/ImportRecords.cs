using System.Text.Json.Serialization;

namespace JadeVector.Client;

/// <summary>How an import ended.</summary>
public sealed record ImportSummary
{
    /// <summary>Lines that are durable.</summary>
    [JsonPropertyName("count")]
    public long Imported { get; init; }

    /// <summary>Lines that are not.</summary>
    public long Failed { get; init; }

    /// <summary>Why not, for the first of them.</summary>
    public IReadOnlyList<ImportError> Errors { get => field ?? []; init; }

    /// <summary>Every line up to this one is durable or refused for good.</summary>
    public long AcknowledgedLines { get; init; }

    /// <summary>Token for <see cref="ReadOptions.MinPosition"/>.</summary>
    [JsonIgnore]
    public string? Position { get; init; }
}

public sealed record ImportError
{
    /// <summary>From 1.</summary>
    public long Line { get; init; }

    public string? Id { get; init; }

    [JsonPropertyName("error")]
    public string Code { get => field ?? ""; init; }

    [JsonPropertyName("message")]
    public string Detail { get => field ?? ""; init; }
}
