using System.ComponentModel.DataAnnotations;

namespace JadeVector.Hosting.Edge;

/// <summary>Section <c>Jade:Limits</c>: what one request may ask for. A request that breaks one is told which, and its value.</summary>
public sealed class LimitOptions
{
    public const string Section = "Jade:Limits";

    /// <summary>Bytes of a request's body, except an import's.</summary>
    [Range(1024, 1024 * 1024 * 1024)]
    public int BodyBytes { get; set; } = 64 * 1024 * 1024;

    /// <summary>Vectors in one batch.</summary>
    [Range(1, 1_000_000)]
    public int BatchItems { get; set; } = 10_000;

    /// <summary>Ids in one batch-get.</summary>
    [Range(1, 10_000)]
    public int BatchGetIds { get; set; } = 1_000;

    /// <summary>Components of a vector.</summary>
    [Range(1, 65_536)]
    public int Dimension { get; set; } = 16_384;

    /// <summary>Results of one search.</summary>
    [Range(1, 10_000)]
    public int TopK { get; set; } = 10_000;

    /// <summary>Candidate list length of one search.</summary>
    [Range(1, 1_000_000)]
    public int EfSearch { get; set; } = 10_000;

    /// <summary>Cells, or buckets of each hash table, that one search looks into.</summary>
    [Range(1, 65_536)]
    public int Probes { get; set; } = 65_536;

    /// <summary>Rows for each result that one search of cells compares by their vectors.</summary>
    [Range(1, 1_000)]
    public int Rescore { get; set; } = 1_000;

    /// <summary>Vectors on one page of a list.</summary>
    [Range(1, 10_000)]
    public int PageItems { get; set; } = 1_000;

    /// <summary>Shards of one database.</summary>
    [Range(1, 4_096)]
    public int Shards { get; set; } = 256;

    /// <summary>The least seconds from one scheduled snapshot to the next.</summary>
    [Range(1, 86_400)]
    public int BackupEverySecondsMin { get; set; } = 60;

    /// <summary>Bytes of UTF-8 in a vector's id.</summary>
    [Range(1, 256)]
    public int IdBytes { get; set; } = 256;

    /// <summary>Bytes of a vector's metadata as minified JSON.</summary>
    [Range(2, 1024 * 1024)]
    public int MetadataBytes { get; set; } = 64 * 1024;

    /// <summary>Objects and arrays inside each other in metadata.</summary>
    [Range(1, 48)]
    public int MetadataDepth { get; set; } = 32;

    /// <summary>Bytes of UTF-8 in a <c>text</c>, <c>queryText</c> or <c>input</c>.</summary>
    [Range(1, 1024 * 1024)]
    public int TextBytes { get; set; } = 32 * 1024;

    /// <summary>Texts in one embeddings request.</summary>
    [Range(1, 10_000)]
    public int EmbeddingInputs { get; set; } = 256;

    /// <summary>Bytes of a filter document.</summary>
    [Range(2, 16 * 1024 * 1024)]
    public int FilterBytes { get; set; } = 256 * 1024;

    /// <summary>Bytes of one line of an import.</summary>
    [Range(64, 16 * 1024 * 1024)]
    public int ImportLineBytes { get; set; } = 2 * 1024 * 1024;

    /// <summary>Lines with an error that an import's answer names; more are only counted.</summary>
    [Range(0, 10_000)]
    public int ImportErrors { get; set; } = 100;

    /// <summary>Time for a request that names none.</summary>
    [Range(1, 3_600_000)]
    public int TimeoutMilliseconds { get; set; } = 30_000;

    /// <summary>The longest time that a request may name.</summary>
    [Range(1, 3_600_000)]
    public int TimeoutMillisecondsMax { get; set; } = 600_000;
}
