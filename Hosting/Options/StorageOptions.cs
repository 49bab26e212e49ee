using System.ComponentModel.DataAnnotations;
using JadeVector.Engine;

namespace JadeVector.Hosting.Options;

/// <summary>Section <c>Jade:Storage</c>: where everything durable lives.</summary>
public sealed class StorageOptions : IValidatableObject
{
    public const string Section = "Jade:Storage";

    /// <summary>An Azure Storage connection string; null, with no <see cref="ServiceUri"/>, keeps everything in <see cref="Path"/>.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>The blob endpoint of an Azure Storage account, for a managed identity in place of a connection string.</summary>
    public Uri? ServiceUri { get; set; }

    /// <summary>The directory of the local store; with Azure, of its cache of segments (<c>{Path}/cache</c>).</summary>
    [Required]
    [MinLength(1)]
    public string Path { get; set; } = "data";

    /// <summary>The container on Azure.</summary>
    [RegularExpression("^[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9])){2,62}$", ErrorMessage = "Jade:Storage:Container must be 3 to 63 of a-z, 0-9 and single dashes.")]
    public string Container { get; set; } = "jade";

    /// <summary>While a cluster is updated: the generation of formats to write, which the oldest member opens (<c>docs/formats/generations.md</c>); null is the release's own.</summary>
    public int? WriteGeneration { get; set; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (ConnectionString is not null && ServiceUri is not null)
            yield return new ValidationResult("ConnectionString and ServiceUri exclude each other.");
        var release = StorageGenerations.OfThisRelease;
        if (WriteGeneration < release.OldestRead || WriteGeneration > release.NewestRead)
            yield return new ValidationResult($"WriteGeneration must be {release.OldestRead} to {release.NewestRead} in this release.");
    }
}
