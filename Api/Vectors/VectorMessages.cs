using System.Text.Json.Serialization;

namespace JadeVector.Api.Vectors;

/// <summary>
/// A vector's components: an array of numbers, or <c>{"base64": "…"}</c> of little-endian float32. Only for the document: bodies are read by hand.
/// </summary>
public sealed class VectorValues;

/// <summary>A JSON object with any keys. Only for the document.</summary>
public sealed class JsonMap;

/// <summary>A vector to store.</summary>
public sealed record VectorRequest
{
    /// <summary>1 to 256 bytes of UTF-8 without control characters.</summary>
    public required string Id { get; init; }

    /// <summary>As many components as the database's dimension; not needed where there is a <c>text</c>.</summary>
    public VectorValues? Values { get; init; }

    /// <summary>Any JSON object; comes back as it went in, numbers included.</summary>
    public JsonMap? Metadata { get; init; }

    /// <summary>Kept with the vector; embedded with the database's model when there are no <c>values</c>.</summary>
    public string? Text { get; init; }

    /// <summary>Store only if the vector's version is this; 0 only if there is none.</summary>
    public ulong? IfVersion { get; init; }
}

/// <summary>Vectors to store.</summary>
public sealed record BatchRequest
{
    public required IReadOnlyList<VectorRequest> Vectors { get; init; }

    /// <summary>False stores only vectors whose id is new; true, the default, replaces.</summary>
    public bool? Upsert { get; init; }
}

/// <summary>Ids to look up, under one of three names.</summary>
public sealed record BatchGetRequest
{
    public IReadOnlyList<string>? Ids { get; init; }

    public IReadOnlyList<string>? VectorIds { get; init; }

    [JsonPropertyName("vector_ids")]
    public IReadOnlyList<string>? VectorIdsInSnakeCase { get; init; }
}

/// <summary>The answer to one stored or deleted vector.</summary>
/// <param name="Status"><c>success</c>.</param>
/// <param name="Version">Of the vector from now on: the log sequence that wrote it.</param>
/// <param name="Created">Whether there was no vector of that id.</param>
public sealed record VectorWriteResponse(string Status, string VectorId, string Id, ulong Version, bool Created);

/// <summary>The answer to a batch.</summary>
/// <param name="Status"><c>success</c>, or <c>partial</c> when some vectors were refused.</param>
/// <param name="Count">Vectors stored.</param>
/// <param name="Inserted">Of them, those whose id was new.</param>
/// <param name="Updated">Of them, those that replaced one.</param>
/// <param name="Failed">Vectors not stored.</param>
/// <param name="Errors">One per vector not stored.</param>
/// <param name="Results">One per vector, in order.</param>
public sealed record BatchResponse(
    string Status, int Count, int Inserted, int Updated, int Failed, IReadOnlyList<BatchError> Errors, IReadOnlyList<BatchItemResult> Results);

/// <param name="Index">In the request's list.</param>
/// <param name="Error">The refusal's code.</param>
public sealed record BatchError(int Index, string? Id, string Error, string Message);

/// <param name="Status"><c>created</c>, <c>replaced</c>, <c>version_conflict</c>, <c>not_attempted</c> or <c>failed</c>.</param>
public sealed record BatchItemResult(string? Id, string Status, ulong? Version, string? Code, string? Detail);

/// <summary>A stored vector.</summary>
public sealed record VectorResponse(string Id, VectorValues? Values, JsonMap? Metadata, string? Text, ulong Version);

/// <summary>A page of vectors.</summary>
/// <param name="Total">Vectors in the database.</param>
/// <param name="NextCursor">Continues after the last one; absent at the end.</param>
public sealed record VectorListResponse(IReadOnlyList<VectorResponse> Vectors, long Total, int Limit, long Offset, string? NextCursor);

/// <summary>Vectors by id, in the order asked for.</summary>
/// <param name="Count">Vectors found.</param>
/// <param name="Missing">Ids without a vector.</param>
public sealed record BatchGetResponse(
    [property: JsonPropertyName("database_id")] string DatabaseId, int Count, IReadOnlyList<VectorResponse> Vectors, IReadOnlyList<string> Missing);
