using System.Text.Json;
using JadeVector.Api.OpenApi;
using JadeVector.Api.Requests;
using JadeVector.Api.Responses;
using JadeVector.Hosting.Edge;
using Microsoft.Extensions.AI;

namespace JadeVector.Api.Embeddings;

/// <summary>Texts to embed.</summary>
public sealed record EmbeddingRequest
{
    /// <summary>A text, or a list of texts.</summary>
    public JsonElement? Input { get; init; }

    /// <summary><c>text</c>.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("input_type")]
    public string? InputType { get; init; }

    /// <summary>A model of this node; <c>default</c> is the node's default.</summary>
    public string? Model { get; init; }

    /// <summary>The model's provider, or <c>default</c>.</summary>
    public string? Provider { get; init; }

    /// <summary>Components wanted, for models that can choose; the model's own by default.</summary>
    public int? Dimension { get; init; }
}

/// <summary>Vectors of texts.</summary>
/// <param name="Input">As it was sent.</param>
/// <param name="Embedding">Where the input was one text.</param>
/// <param name="Embeddings">Where the input was a list: one per text, in order.</param>
public sealed record EmbeddingResponse(
    JsonElement Input,
    [property: System.Text.Json.Serialization.JsonPropertyName("input_type")] string InputType,
    string Model,
    string Provider,
    IReadOnlyList<float>? Embedding,
    IReadOnlyList<IReadOnlyList<float>>? Embeddings,
    int Dimension,
    string Status,
    [property: System.Text.Json.Serialization.JsonPropertyName("generated_at")] DateTimeOffset GeneratedAt);

/// <summary><c>/v1/embeddings/generate</c>.</summary>
internal sealed class EmbeddingRoutes(EdgeServices edge)
{
    private static readonly RouteDoc Doc = new(
        "Embeddings", "Turn texts into vectors", "With a model of this node. A model that does not answer makes it 503 `embedding_unavailable`.")
    {
        Request = typeof(EmbeddingRequest),
        RequestExample = """{"input":"a storm over the sea","input_type":"text","model":"default","provider":"default"}""",
        Response = typeof(EmbeddingResponse),
        ResponseExample =
            """
            {"input":"a storm over the sea","input_type":"text","model":"jade-hashing","provider":"jade","embedding":[0.12,-0.03],"dimension":2,
            "status":"success","generated_at":"2026-05-04T09:30:00+00:00"}
            """,
        Problems = [503],
    };

    public static void Map(RouteTable routes, EdgeServices edge) =>
        routes.Versioned("POST", "/embeddings/generate", new EmbeddingRoutes(edge).Generate, Doc);

    private async Task Generate(HttpContext context)
    {
        _ = new RequestQuery(context);
        using var time = RequestTime.OfRead(context, edge.Limits, edge.Clock);
        var request = await JsonBody.ReadAsync(context, RequestJson.Default.EmbeddingRequest, edge.Limits.BodyBytes, time.Token);
        var texts = TextsOf(request);
        if (request.InputType is not (null or "" or "text"))
            throw Refuse.NotSupported("input_type", $"'{request.InputType}' is not built yet; use 'text'.");
        if (request.Dimension is { } dimension && (dimension < 1 || dimension > edge.Limits.Dimension))
            throw Refuse.Limit("dimension", nameof(LimitOptions.Dimension), edge.Limits.Dimension, dimension);
        var provider = ProviderOf(request);

        var embeddings = await edge.Embedder.GenerateAsync(request.Model, texts, request.Dimension, time.Token);
        using var answer = JsonAnswer.Begin(context);
        Write(answer.Writer, request, provider, embeddings);
        await answer.FinishAsync(context);
    }

    private string ProviderOf(EmbeddingRequest request)
    {
        if (!edge.Embedder.Has(request.Model))
            throw Refuse.Invalid("model", $"'{request.Model}' is not a model of this node.");
        var actual = edge.Embedder.ProviderOf(request.Model) ?? "default";
        return request.Provider is null or "" or "default" || request.Provider.Equals(actual, StringComparison.OrdinalIgnoreCase)
            ? actual
            : throw Refuse.Invalid("provider", $"'{request.Provider}' does not provide the model '{edge.Embedder.NameOf(request.Model)}'; '{actual}' does.");
    }

    private List<string> TextsOf(EmbeddingRequest request)
    {
        switch (request.Input?.ValueKind)
        {
            case JsonValueKind.String:
                return [FieldRules.Text(request.Input.Value.GetString()!, "input", edge.Limits)];
            case JsonValueKind.Array:
                var count = request.Input.Value.GetArrayLength();
                if (count == 0)
                    throw Refuse.Invalid("input", "is empty.");
                if (count > edge.Limits.EmbeddingInputs)
                    throw Refuse.Limit("input (count)", nameof(LimitOptions.EmbeddingInputs), edge.Limits.EmbeddingInputs, count);
                return [.. request.Input.Value.EnumerateArray().Select((text, index) => text.ValueKind == JsonValueKind.String
                    ? FieldRules.Text(text.GetString()!, $"input[{index}]", edge.Limits)
                    : throw Refuse.Invalid($"input[{index}]", "must be a string."))];
            case null or JsonValueKind.Null:
                throw Refuse.Missing("input", "a text, or a list of texts.");
            default:
                throw Refuse.Invalid("input", "must be a text, or a list of texts.");
        }
    }

    private void Write(Utf8JsonWriter writer, EmbeddingRequest request, string provider, GeneratedEmbeddings<Embedding<float>> embeddings)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("input"u8);
        request.Input!.Value.WriteTo(writer);
        writer.WriteString("input_type"u8, "text"u8);
        writer.WriteString("model"u8, edge.Embedder.NameOf(request.Model));
        writer.WriteString("provider"u8, provider);
        if (request.Input.Value.ValueKind == JsonValueKind.String)
        {
            writer.WritePropertyName("embedding"u8);
            WriteVector(writer, embeddings[0].Vector.Span);
        }
        else
        {
            writer.WriteStartArray("embeddings"u8);
            foreach (var embedding in embeddings)
                WriteVector(writer, embedding.Vector.Span);
            writer.WriteEndArray();
        }

        writer.WriteNumber("dimension"u8, embeddings[0].Vector.Length);
        writer.WriteString("status"u8, "success"u8);
        writer.WriteString("generated_at"u8, edge.Clock.GetUtcNow());
        writer.WriteEndObject();
    }

    private static void WriteVector(Utf8JsonWriter writer, ReadOnlySpan<float> vector)
    {
        writer.WriteStartArray();
        foreach (var value in vector)
            writer.WriteNumberValue(SearchRules.Score(value));
        writer.WriteEndArray();
    }
}
