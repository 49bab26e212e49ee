using System.Text.Json;
using System.Text.Json.Serialization;
using JadeVector.Client.Json;

namespace JadeVector.Client;

/// <summary>A search by vector or by text.</summary>
public sealed record SearchRequest
{
    /// <summary>Shape [dimension of the database].</summary>
    [JsonConverter(typeof(VectorValuesConverter))]
    public float[]? QueryVector { get; init; }

    /// <summary>Stands in place of <see cref="QueryVector"/>.</summary>
    public string? QueryText { get; init; }

    public int TopK { get; init; } = 10;

    /// <summary>Only results with at least this similarity.</summary>
    public float? Threshold { get; init; }

    /// <summary>A filter document: docs/filters.md.</summary>
    public JsonElement? Filters { get; init; }

    public bool? IncludeMetadata { get; init; }

    public bool? IncludeValues { get; init; }

    /// <summary>Candidates that a graph search keeps, from 1: more find more and take longer. Null leaves it to the database.</summary>
    public int? EfSearch { get; init; }

    /// <summary>Cells of an IVF index, or buckets of each table of an LSH one, to look into: more find more and take longer. Null leaves it to the database.</summary>
    [JsonPropertyName("nprobe")]
    public int? Probes { get; init; }

    /// <summary>Vectors that a search of an IVF index with codes compares exactly for each result. Null leaves it to the database.</summary>
    public int? Rescore { get; init; }

    /// <summary>Compare with every vector in place of a search of the index.</summary>
    public bool? Exact { get; init; }

    /// <summary>Tell how the results were found.</summary>
    public bool? Explain { get; init; }
}

/// <summary>Results by similarity, highest first, then by id.</summary>
public sealed record SearchResponse
{
    public required IReadOnlyList<SearchResult> Results { get; init; }

    public double QueryTimeMs { get; init; }

    public string? IndexUsed { get; init; }

    /// <summary>Null unless asked for.</summary>
    public SearchExplanation? Explain { get; init; }
}

public sealed record SearchResult
{
    public required string Id { get; init; }

    /// <summary>The cosine, the inner product, or 1 / (1 + Euclidean distance).</summary>
    public required float Similarity { get; init; }

    public float Distance { get; init; }

    public string? Text { get; init; }

    public JsonElement? Metadata { get; init; }

    [JsonConverter(typeof(VectorValuesConverter))]
    public float[]? Values { get; init; }
}

/// <summary>How a search went about it.</summary>
public sealed record SearchExplanation
{
    /// <summary>In order of shard.</summary>
    public required IReadOnlyList<ShardExplanation> Shards { get; init; }
}

public sealed record ShardExplanation
{
    public required int Shard { get; init; }

    /// <summary><c>graph</c>, <c>exact</c>, <c>graph+tail</c>, <c>cells</c>, <c>cells+tail</c>, <c>tables</c>, <c>tables+tail</c>, <c>filtered_graph</c>, <c>filtered_cells</c>, <c>filtered_tables</c>, <c>filtered_exact</c>, <c>filtered_codes</c>, <c>filtered_none</c> or <c>empty</c>.</summary>
    public required string Strategy { get; init; }

    public long DistancesComputed { get; init; }

    public long TailRows { get; init; }

    public long VectorCount { get; init; }

    public int EfSearch { get; init; }

    /// <summary>Cells, or buckets of each table, that were to be looked into; 0 where there are none.</summary>
    [JsonPropertyName("nprobe")]
    public int Probes { get; init; }
}
