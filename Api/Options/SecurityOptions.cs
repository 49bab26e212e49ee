using System.ComponentModel.DataAnnotations;

namespace JadeVector.Api.Options;

/// <summary>Section <c>Jade:Security</c>.</summary>
public sealed class SecurityOptions
{
    public const string Section = "Jade:Security";

    /// <summary>When set, every route but the health checks asks for it (<c>X-API-Key</c> or <c>Authorization: Bearer</c>).</summary>
    [RegularExpression(@"[\x21-\x7E]+", ErrorMessage = "Jade:Security:AdminKey must be printable ASCII without spaces.")]
    public string? AdminKey { get; set; }
}
