namespace JadeVector.Grains.Interfaces;

/// <summary>A search as the edge asks for it.</summary>
[GenerateSerializer, Immutable, Alias("jade.search-query")]
public sealed record SearchQuery
{
    /// <summary>Little-endian float32, shape [dimension of the database].</summary>
    [Id(0)] public required byte[] Query { get; init; }

    /// <summary>Results wanted, 1 to the API's limit.</summary>
    [Id(1)] public required int TopK { get; init; }

    /// <summary>Candidate list length; null is the database's.</summary>
    [Id(2)] public int? EfSearch { get; init; }

    /// <summary>The filter document of the API in UTF-8 JSON, or null. Malformed: <c>invalid_argument</c>.</summary>
    [Id(3)] public byte[]? Filter { get; init; }

    /// <summary>Only results with at least this similarity; null for none.</summary>
    [Id(4)] public float? Threshold { get; init; }

    /// <summary>Scan everything instead of searching the index.</summary>
    [Id(5)] public bool Exact { get; init; }

    [Id(6)] public bool Explain { get; init; }

    /// <summary>Answer with what there is when shards fail, and list those.</summary>
    [Id(7)] public bool AllowPartial { get; init; }

    [Id(8)] public required ReadOptions Read { get; init; }

    /// <summary>Cells, or buckets of each hash table, to look into; null is the database's.</summary>
    [Id(9)] public int? Probes { get; init; }

    /// <summary>Vectors compared for each result after codes were; null is the database's in cells, and in a graph as many as can still be among the nearest.</summary>
    [Id(10)] public int? Rescore { get; init; }
}

/// <summary>The same for one shard.</summary>
[GenerateSerializer, Immutable, Alias("jade.shard-search")]
public sealed record ShardSearch
{
    [Id(0)] public required SearchQuery Query { get; init; }

    [Id(1)] public required ShardRead Read { get; init; }
}

/// <summary>One result.</summary>
[GenerateSerializer, Immutable, Alias("jade.search-hit")]
public sealed record SearchHit
{
    [Id(0)] public required string Id { get; init; }

    /// <summary>Higher is better: the cosine, the inner product, or 1 / (1 + Euclidean length).</summary>
    [Id(1)] public required float Similarity { get; init; }

    /// <summary>The Euclidean length for <c>euclidean</c>; 1 - cosine; the negated inner product.</summary>
    [Id(2)] public required float Distance { get; init; }

    [Id(3)] public required ulong Version { get; init; }

    [Id(4)] public byte[]? Values { get; init; }

    [Id(5)] public byte[]? Metadata { get; init; }

    [Id(6)] public string? Text { get; init; }
}

/// <param name="Hits">By similarity, highest first, then by id bytes; at most TopK.</param>
/// <param name="Explain">How it was found.</param>
[GenerateSerializer, Immutable, Alias("jade.shard-search-reply")]
public sealed record ShardSearchReply(
    [property: Id(0)] IReadOnlyList<SearchHit> Hits,
    [property: Id(1)] ShardExplain Explain);

/// <summary>What one shard did for a search.</summary>
[GenerateSerializer, Immutable, Alias("jade.shard-explain")]
public sealed record ShardExplain
{
    [Id(0)] public required int Shard { get; init; }

    /// <summary><c>graph</c>, <c>exact</c>, <c>graph+tail</c>, <c>cells</c>, <c>cells+tail</c>, <c>tables</c>, <c>tables+tail</c>, <c>filtered_graph</c>, <c>filtered_cells</c>, <c>filtered_tables</c>, <c>filtered_exact</c>, <c>filtered_codes</c>, <c>filtered_none</c> or <c>empty</c>.</summary>
    [Id(1)] public required string Strategy { get; init; }

    /// <summary>Full-precision distances computed.</summary>
    [Id(2)] public long DistancesComputed { get; init; }

    /// <summary>Rows of the unlinked tail that were scanned.</summary>
    [Id(3)] public long TailRows { get; init; }

    /// <summary>Live vectors in the shard.</summary>
    [Id(4)] public long VectorCount { get; init; }

    [Id(5)] public int EfSearch { get; init; }

    [Id(6)] public int SegmentCount { get; init; }

    /// <summary>Time in the engine.</summary>
    [Id(7)] public double EngineMicroseconds { get; init; }

    /// <summary>Which copy answered: 0 for the owner, else the replica's number.</summary>
    [Id(8)] public int Replica { get; init; }

    /// <summary>The node that hosts it.</summary>
    [Id(9)] public string Node { get; init; } = "";

    /// <summary>Rows that the filter was estimated to match; null without a filter.</summary>
    [Id(10)] public long? FilterEstimatedRows { get; init; }

    /// <summary>Rows that the filter matches, dead ones that are still stored among them; null without a filter.</summary>
    [Id(11)] public long? FilterMatchedRows { get; init; }

    /// <summary>Cells, or buckets of each hash table, that were to be looked into; 0 where there are none.</summary>
    [Id(12)] public int Probes { get; init; }
}

/// <param name="Hits">By similarity, highest first, then by id bytes; at most TopK.</param>
/// <param name="Shards">What each shard did, in order of shard.</param>
/// <param name="MissingShards">Shards that did not answer; empty unless partial answers were allowed.</param>
[GenerateSerializer, Immutable, Alias("jade.search-reply")]
public sealed record SearchReply(
    [property: Id(0)] IReadOnlyList<SearchHit> Hits,
    [property: Id(1)] IReadOnlyList<ShardExplain> Shards,
    [property: Id(2)] IReadOnlyList<int> MissingShards);
