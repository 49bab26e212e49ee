using JadeVector.Engine.Filters;
using JadeVector.Engine.Ivf;

namespace JadeVector.Engine.Shards;

/// <summary>A search of one shard.</summary>
public sealed record ShardQuery
{
    /// <summary>Little-endian float32, shape [dimension of the shard]; finite, and not all zero when the metric is cosine.</summary>
    public required ReadOnlyMemory<byte> Query { get; init; }

    /// <summary>Results wanted, <see cref="ShardLimits.TopKMin"/> to <see cref="ShardLimits.TopKMax"/>; more than there are is fine.</summary>
    public required int TopK { get; init; }

    /// <summary>Candidate list length of the graph walk; null is the database's.</summary>
    public int? EfSearch { get; init; }

    /// <summary>Cells, or buckets of each hash table, to look into; null is the database's.</summary>
    public int? Probes { get; init; }

    /// <summary>
    /// Where codes are compared first, at most so many rows for each result are compared by their vectors, <see cref="IvfLimits.RescoreMin"/> to <see cref="IvfLimits.RescoreMax"/>.
    /// Null is <see cref="IvfLimits.RescoreDefault"/> in cells; in a graph it is as many as can still be among the nearest.
    /// </summary>
    public int? Rescore { get; init; }

    /// <summary>Only rows that it matches: as many as there are, up to <see cref="TopK"/>.</summary>
    public Filter? Filter { get; init; }

    /// <summary>Only results with at least this similarity; null for none.</summary>
    public float? Threshold { get; init; }

    /// <summary>Compare every row instead of searching the index.</summary>
    public bool Exact { get; init; }

    public bool IncludeValues { get; init; }

    /// <summary>Metadata and text.</summary>
    public bool IncludeMetadata { get; init; }

    /// <summary>When to give up; null leaves that to the cancellation alone, and costs no timer.</summary>
    public DateTimeOffset? Deadline { get; init; }
}

/// <param name="Hits">Nearest first, then by id bytes; at most TopK.</param>
public sealed record SearchOutcome(IReadOnlyList<SearchRow> Hits, SearchExplain Explain);

/// <param name="Similarity">Higher is better: the cosine, the inner product, or 1 / (1 + Euclidean length).</param>
/// <param name="Distance">The Euclidean length; 1 - cosine; the negated inner product.</param>
public sealed record SearchRow(VectorRow Vector, float Similarity, float Distance);

/// <summary>How the answer was found.</summary>
/// <param name="Strategy">One of <see cref="SearchStrategies"/>.</param>
/// <param name="DistancesComputed">Full-precision distances.</param>
/// <param name="TailRows">Rows not yet linked, which were scanned.</param>
/// <param name="VectorCount">Live vectors in the shard.</param>
/// <param name="EfSearch">The candidate list length in force; 0 for cells and hash tables.</param>
/// <param name="Probes">The cells, or buckets of each hash table, that were to be looked into; 0 where there are none.</param>
/// <param name="SegmentCount">Segments searched, without the growing part.</param>
/// <param name="Sequence">The answer is the shard's state at this sequence number.</param>
/// <param name="Filter">How the filter was answered; null without one.</param>
public sealed record SearchExplain(
    string Strategy, long DistancesComputed, long TailRows, long VectorCount, int EfSearch, int Probes, int SegmentCount, ulong Sequence, TimeSpan Elapsed, FilterExplain? Filter);

/// <summary>What was known of a filter before the search, and what it turned out to match.</summary>
/// <param name="EstimatedRows">From the counts in the metadata indexes, as if conditions had nothing to do with each other; dead rows count too.</param>
/// <param name="MatchedRows">Rows that it matches; dead ones that are still stored count too.</param>
public sealed record FilterExplain(long EstimatedRows, long MatchedRows);

public static class SearchStrategies
{
    /// <summary>Every part through its graph.</summary>
    public const string Graph = "graph";

    /// <summary>Graphs, and an exact scan of the rows that are not linked yet.</summary>
    public const string GraphAndTail = "graph+tail";

    /// <summary>Every segment through its cells.</summary>
    public const string Cells = "cells";

    /// <summary>Cells, and an exact scan of the rows that are in no segment yet.</summary>
    public const string CellsAndTail = "cells+tail";

    /// <summary>Every segment through its hash tables.</summary>
    public const string Tables = "tables";

    /// <summary>Hash tables, and an exact scan of the rows that are in no segment yet.</summary>
    public const string TablesAndTail = "tables+tail";

    /// <summary>Every row compared: asked for, a flat index, or fewer rows than a search of the index would touch.</summary>
    public const string Exact = "exact";

    /// <summary>Every row that the filter matches compared.</summary>
    public const string FilteredExact = "filtered_exact";

    /// <summary>Every row that the filter matches compared by its byte code, and the nearest of those by their vectors.</summary>
    public const string FilteredCodes = "filtered_codes";

    /// <summary>Graphs walked for rows that the filter matches; parts with few of them, and rows that are not linked yet, compared one by one.</summary>
    public const string FilteredGraph = "filtered_graph";

    /// <summary>Cells searched for rows that the filter matches; segments with few of them, and rows that are in no segment yet, compared one by one.</summary>
    public const string FilteredCells = "filtered_cells";

    /// <summary>The same with hash tables.</summary>
    public const string FilteredTables = "filtered_tables";

    /// <summary>The filter matches no row: nothing was compared.</summary>
    public const string FilteredNone = "filtered_none";

    /// <summary>There is no vector.</summary>
    public const string Empty = "empty";
}
