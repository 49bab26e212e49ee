using System.Text.Json.Serialization;
using JadeVector.Api.Vectors;

namespace JadeVector.Api.Search;

/// <summary>A search. Either <c>queryVector</c> or <c>queryText</c>.</summary>
public sealed record SearchRequest
{
    public VectorValues? QueryVector { get; init; }

    /// <summary>Embedded with the database's model.</summary>
    public string? QueryText { get; init; }

    /// <summary>Results wanted; 10 by default.</summary>
    public int? TopK { get; init; }

    /// <summary>Only results with at least this similarity; none by default.</summary>
    public float? Threshold { get; init; }

    /// <summary>Conditions on metadata, as <c>{"metadata.score":{"$gte":0.8},"metadata.tags":["a"]}</c> or nested <c>and</c>, <c>or</c>, <c>not</c>.</summary>
    public JsonMap? Filters { get; init; }

    /// <summary>False by default.</summary>
    public bool? IncludeMetadata { get; init; }

    /// <summary>False by default.</summary>
    public bool? IncludeValues { get; init; }

    /// <summary>Another name of <c>includeValues</c>.</summary>
    public bool? IncludeVectorData { get; init; }

    /// <summary>The database's own index, by its type; there is no other yet.</summary>
    public string? Index { get; init; }

    /// <summary>Candidates kept while walking the graph; the database's by default.</summary>
    public int? EfSearch { get; init; }

    /// <summary>IVF, LSH: cells, or buckets of each table, to look into; the database's by default.</summary>
    [JsonPropertyName("nprobe")]
    public int? Probes { get; init; }

    /// <summary>Vectors compared exactly for each result after codes were. IVF with <c>pq</c>: the database's by default; HNSW with codes: by default as many as can still be among the nearest.</summary>
    public int? Rescore { get; init; }

    /// <summary>Scan everything instead of searching the index.</summary>
    public bool? Exact { get; init; }

    /// <summary>Tell how each shard found its part.</summary>
    public bool? Explain { get; init; }
}

/// <summary>What a search found.</summary>
/// <param name="Results">By similarity, highest first, then by id.</param>
/// <param name="IndexUsed"><c>HNSW</c>, <c>IVF</c> or <c>LSH</c>, or <c>FLAT</c> where everything was scanned.</param>
/// <param name="Explain">Only where asked for.</param>
/// <param name="MissingShards">With <c>partial=allow</c>: shards whose part is not in the results.</param>
public sealed record SearchResponse(
    IReadOnlyList<SearchResult> Results, int Count, double QueryTimeMs, string IndexUsed, SearchExplain? Explain, IReadOnlyList<int>? MissingShards);

/// <param name="Similarity">The cosine, the inner product, or 1/(1+distance).</param>
/// <param name="Distance">The Euclidean length, 1 - cosine, or the negated inner product.</param>
public sealed record SearchResult(string Id, float Similarity, float Distance, VectorValues? Values, JsonMap? Metadata, string? Text);

/// <param name="DistancesComputed">Over all shards, at full precision.</param>
public sealed record SearchExplain(long DistancesComputed, long VectorCount, IReadOnlyList<SearchShard> Shards);

/// <param name="Strategy"><c>graph</c>, <c>exact</c>, <c>graph+tail</c>, <c>cells</c>, <c>cells+tail</c>, <c>tables</c>, <c>tables+tail</c>, <c>filtered_graph</c>, <c>filtered_cells</c>, <c>filtered_tables</c>, <c>filtered_exact</c>, <c>filtered_codes</c>, <c>filtered_none</c> or <c>empty</c>.</param>
/// <param name="TailRows">Vectors not yet in the index that were scanned.</param>
/// <param name="EfSearch">Candidates that were to be kept; 0 for cells and hash tables.</param>
/// <param name="Nprobe">Cells, or buckets of each table, that were to be looked into; 0 where there are none.</param>
/// <param name="Replica">Which copy answered: 0 for the owner's.</param>
/// <param name="Node">The node that hosts it.</param>
/// <param name="FilterEstimatedRows">Rows that the filter was estimated to match; only with a filter.</param>
/// <param name="FilterMatchedRows">Rows that it matches, dead ones that are still stored among them; only with a filter.</param>
public sealed record SearchShard(
    int Shard, string Strategy, long DistancesComputed, long TailRows, long VectorCount, int EfSearch, int Nprobe, int SegmentCount, double EngineMicroseconds,
    int Replica, string Node, long? FilterEstimatedRows, long? FilterMatchedRows);
