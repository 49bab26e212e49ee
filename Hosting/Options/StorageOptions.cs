using System.ComponentModel.DataAnnotations;

namespace JadeVector.Hosting.Options;

/// <summary>Section <c>Jade:Storage</c>: where everything durable lives.</summary>
public sealed class StorageOptions
{
    public const string Section = "Jade:Storage";

    /// <summary>An Azure Storage connection string; null keeps everything in <see cref="Path"/>.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>The directory of the local store; with Azure, of its cache of segments (<c>{Path}/cache</c>).</summary>
    [Required]
    [MinLength(1)]
    public string Path { get; set; } = "data";

    /// <summary>The container on Azure.</summary>
    [RegularExpression("^[a-z0-9](?:[a-z0-9]|-(?=[a-z0-9])){2,62}$", ErrorMessage = "Jade:Storage:Container must be 3 to 63 of a-z, 0-9 and single dashes.")]
    public string Container { get; set; } = "jade";
}
