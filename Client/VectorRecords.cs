using System.Text.Json;
using System.Text.Json.Serialization;
using JadeVector.Client.Json;

namespace JadeVector.Client;

/// <summary>A vector to write: values, or a text that the server embeds.</summary>
public sealed record VectorInput
{
    /// <summary>1 to 256 bytes of UTF-8.</summary>
    public required string Id { get; init; }

    /// <summary>Shape [dimension of the database]; travels as base64 of little-endian float32.</summary>
    [JsonConverter(typeof(VectorValuesConverter))]
    public float[]? Values { get; init; }

    /// <summary>Stands in place of <see cref="Values"/>.</summary>
    public string? Text { get; init; }

    /// <summary>A JSON object; comes back as it went.</summary>
    public JsonElement? Metadata { get; init; }

    /// <summary>Write only if the vector's version is this; 0 only if there is none.</summary>
    public ulong? IfVersion { get; init; }
}

/// <summary>A vector as the server has it.</summary>
public sealed record StoredVector
{
    public required string Id { get; init; }

    /// <summary>As they were written; null where not asked for.</summary>
    [JsonConverter(typeof(VectorValuesConverter))]
    public float[]? Values { get; init; }

    public string? Text { get; init; }

    public JsonElement? Metadata { get; init; }

    /// <summary>Grows with every write to the vector's shard.</summary>
    public ulong Version { get; init; }
}

/// <summary>Settings of a write.</summary>
public sealed record WriteOptions
{
    /// <summary>The same key with the same body gives the first answer again: makes a retry safe.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>All items of a batch or none; refused when they touch two shards.</summary>
    public bool Atomic { get; init; }
}

/// <summary>Settings of a read.</summary>
public sealed record ReadOptions
{
    /// <summary><c>bounded</c> (the server's default), <c>strong</c> or <c>eventual</c>.</summary>
    public string? Consistency { get; init; }

    /// <summary>A position of an earlier write, which the read then sees.</summary>
    public string? MinPosition { get; init; }
}

/// <summary>A write that is durable.</summary>
/// <param name="Version">The vector's version from now on.</param>
/// <param name="Position">Token for <see cref="ReadOptions.MinPosition"/>.</param>
public sealed record WriteReceipt(ulong Version, string? Position);

/// <summary>The answer to a batch: what is not in <see cref="Errors"/> is durable.</summary>
public sealed record BatchReceipt
{
    public int Inserted { get; init; }

    public int Updated { get; init; }

    public IReadOnlyList<BatchError> Errors { get => field ?? []; init; }

    /// <summary>Token for <see cref="ReadOptions.MinPosition"/>.</summary>
    [JsonIgnore]
    public string? Position { get; init; }
}

/// <summary>An item of a batch that was not written.</summary>
public sealed record BatchError
{
    /// <summary>Place in the request, from 0.</summary>
    public int Index { get; init; }

    public string? Id { get; init; }

    [JsonPropertyName("error")]
    public string Code { get => field ?? ""; init; }

    /// <summary>One sentence for a person.</summary>
    [JsonPropertyName("message")]
    public string Detail { get => field ?? ""; init; }
}

/// <summary>A page of vectors, in order of shard, then of age.</summary>
public sealed record VectorPage
{
    public required IReadOnlyList<StoredVector> Vectors { get; init; }

    /// <summary>Vectors in the database.</summary>
    public long Total { get; init; }

    /// <summary>Continues after this page; null at the end.</summary>
    public string? NextCursor { get; init; }
}
