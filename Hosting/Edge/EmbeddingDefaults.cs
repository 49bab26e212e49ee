using System.ComponentModel.DataAnnotations;

namespace JadeVector.Hosting.Edge;

/// <summary>What the edge needs of section <c>Jade:Embedding</c>; the host reads the rest of it.</summary>
public sealed class EmbeddingDefaults
{
    public const string Section = "Jade:Embedding";

    /// <summary>The key of the <c>IEmbeddingGenerator</c> for databases and requests that name no model.</summary>
    [Required]
    [MinLength(1)]
    public string DefaultModel { get; set; } = "jade-hashing";
}
