using System.ComponentModel.DataAnnotations;

namespace JadeVector.Hosting.Options;

/// <summary>What a process does in the cluster.</summary>
public enum NodeRole
{
    /// <summary>Hosts shards and, in Api, takes requests as well.</summary>
    Cohosted,

    /// <summary>Takes requests and calls the silos; hosts nothing and needs no store.</summary>
    Client,
}

/// <summary>Where the list of the cluster's silos is kept, and reminders with it.</summary>
public enum ClusteringKind
{
    /// <summary>In the memory of the primary silo, reminders in that of any: for development on one machine. The cluster ends with that silo.</summary>
    Localhost,

    /// <summary>In a PostgreSQL database.</summary>
    Postgres,

    /// <summary>In tables of an Azure Storage account, or of Azurite.</summary>
    Azure,
}

/// <summary>Section <c>Jade:Cluster</c>: this process among others. Used by the Microsoft Orleans host; the embedded host is always alone.</summary>
public sealed class ClusterOptions : IValidatableObject
{
    public const string Section = "Jade:Cluster";

    /// <summary>For <see cref="AdvertisedAddress"/>: the first address of this machine that is not loopback.</summary>
    public const string AnyAddress = "auto";

    /// <summary>Unique in the cluster; null takes the machine's name and the process id.</summary>
    public string? NodeName { get; set; }

    public NodeRole Role { get; set; }

    public ClusteringKind Clustering { get; set; }

    /// <summary>Silos with the same one find each other.</summary>
    [Required]
    [RegularExpression("^[A-Za-z0-9-]{1,63}$", ErrorMessage = "Jade:Cluster:ClusterId must be 1 to 63 letters, digits and dashes.")]
    public string ClusterId { get; set; } = "jade";

    /// <summary>The same over all of a product's clusters.</summary>
    [Required]
    [RegularExpression("^[A-Za-z0-9-]{1,63}$", ErrorMessage = "Jade:Cluster:ServiceId must be 1 to 63 letters, digits and dashes.")]
    public string ServiceId { get; set; } = "jade";

    /// <summary>
    /// Where the other processes reach this silo: an IP address, a host name, or <see cref="AnyAddress"/>. On anything but loopback
    /// the silo listens on all addresses; its ports have no authentication and belong into a private network.
    /// </summary>
    [Required]
    public string AdvertisedAddress { get; set; } = "127.0.0.1";

    /// <summary>Silo to silo.</summary>
    [Range(1, 65_535)]
    public int SiloPort { get; set; } = 11_111;

    /// <summary>Clients to silo.</summary>
    [Range(1, 65_535)]
    public int GatewayPort { get; set; } = 30_000;

    /// <summary>Localhost: the silo port of the silo that holds the list; null is this silo itself.</summary>
    [Range(1, 65_535)]
    public int? PrimarySiloPort { get; set; }

    /// <summary>Localhost, for a client: the gateway ports of the silos; empty is <see cref="GatewayPort"/> alone.</summary>
    public List<int> GatewayPorts { get; set; } = [];

    /// <summary>Of PostgreSQL, or of the storage account with the table. For Azure, null takes <see cref="ServiceUri"/>, and then that of <c>Jade:Storage</c>.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Azure: the account's table endpoint, for a managed identity in place of a connection string.</summary>
    public Uri? ServiceUri { get; set; }

    /// <summary>How long storage and membership may stay unreachable at the start, in seconds, until the process gives up.</summary>
    [Range(0, 3_600)]
    public int StartTimeoutSeconds { get; set; } = 60;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Clustering == ClusteringKind.Postgres && string.IsNullOrWhiteSpace(ConnectionString))
            yield return new ValidationResult("Clustering 'postgres' needs Jade:Cluster:ConnectionString, as 'Host=…;Username=…;Password=…;Database=…'.");
        if (ConnectionString is not null && ServiceUri is not null)
            yield return new ValidationResult("ConnectionString and ServiceUri exclude each other.");
        if (Clustering != ClusteringKind.Azure && ServiceUri is not null)
            yield return new ValidationResult("ServiceUri is for clustering 'azure'.");
        if (Clustering == ClusteringKind.Localhost && ConnectionString is not null)
            yield return new ValidationResult("ConnectionString is for clustering 'postgres' and 'azure'.");
        if (Clustering != ClusteringKind.Localhost && (PrimarySiloPort is not null || GatewayPorts.Count > 0))
            yield return new ValidationResult("PrimarySiloPort and GatewayPorts are for clustering 'localhost'.");
        if (GatewayPorts.Exists(port => port is < 1 or > 65_535))
            yield return new ValidationResult("GatewayPorts must be between 1 and 65535.");
    }
}
