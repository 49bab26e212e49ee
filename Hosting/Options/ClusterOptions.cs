using System.ComponentModel.DataAnnotations;

namespace JadeVector.Hosting.Options;

/// <summary>Section <c>Jade:Cluster</c>: this node among others. Used by the Microsoft Orleans host; the embedded host is always alone.</summary>
public sealed class ClusterOptions
{
    public const string Section = "Jade:Cluster";

    /// <summary>Unique in the cluster; null takes the machine's name and the process id.</summary>
    public string? NodeName { get; set; }

    /// <summary>Silo to silo, on loopback.</summary>
    [Range(1, 65_535)]
    public int SiloPort { get; set; } = 11_111;

    /// <summary>Clients to silo, on loopback.</summary>
    [Range(1, 65_535)]
    public int GatewayPort { get; set; } = 30_000;
}
