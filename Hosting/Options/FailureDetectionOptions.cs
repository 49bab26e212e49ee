using System.ComponentModel.DataAnnotations;

namespace JadeVector.Hosting.Options;

/// <summary>Section <c>Jade:Cluster:FailureDetection</c>. What follows from the numbers is told in <c>Clustering/FailureDetection.cs</c>.</summary>
public sealed class FailureDetectionOptions : IValidatableObject
{
    public const string Section = "Jade:Cluster:FailureDetection";

    /// <summary>The first time-out of a probe between silos. Once four were answered, half of it and what answers have taken.</summary>
    [Range(100, 60_000)]
    public int ProbeMilliseconds { get; set; } = 1_500;

    /// <summary>The longest time-out that slow answers or a starved machine can stretch a probe to.</summary>
    [Range(100, 240_000)]
    public int ProbeMillisecondsMax { get; set; } = 3_000;

    /// <summary>Probes missed in a row until a silo votes.</summary>
    [Range(1, 20)]
    public int MissedProbes { get; set; } = 3;

    /// <summary>Votes that make a silo dead; fewer where fewer silos are left.</summary>
    [Range(1, 10)]
    public int Votes { get; set; } = 2;

    /// <summary>How long a grain call is waited for whose caller names no deadline.</summary>
    [Range(1, 600)]
    public int ResponseSeconds { get; set; } = 30;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (ProbeMillisecondsMax < ProbeMilliseconds)
            yield return new ValidationResult("ProbeMillisecondsMax must not be below ProbeMilliseconds.");
    }
}
