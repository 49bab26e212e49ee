using System.Globalization;
using JadeVector.Hosting.Options;
using Microsoft.Extensions.Logging;

namespace JadeVector.Client.Cluster;

/// <summary>Which cluster, how its silos are found, and how long a call may take.</summary>
public sealed class JadeClusterClientOptions
{
    /// <summary>Where the list of the cluster's silos is kept.</summary>
    public ClusteringKind Clustering { get; set; }

    /// <summary>As the silos have it.</summary>
    public string ClusterId { get; set; } = "jade";

    /// <summary>As the silos have it.</summary>
    public string ServiceId { get; set; } = "jade";

    /// <summary>Of PostgreSQL, or of the storage account with the table of silos.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Azure: the account's table endpoint, for a managed identity in place of a connection string.</summary>
    public Uri? ServiceUri { get; set; }

    /// <summary>Localhost: the gateway ports of the silos; empty is 30000 alone.</summary>
    public IList<int> GatewayPorts { get; } = [];

    /// <summary>For one call; an import and a snapshot's file have none, since they last as long as their data.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long to wait for the list of silos and for a silo until connecting fails, in whole seconds.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Further settings under the names that a node has for them, without <c>Jade:</c>, as <c>Limits:TopK</c> or
    /// <c>Embedding:DefaultModel</c>: texts are embedded in this process, by the models that are configured here.
    /// </summary>
    public IDictionary<string, string?> Settings { get; } = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Where the client writes its log; null writes none.</summary>
    public ILoggerFactory? Logs { get; set; }

    /// <summary>The configuration of a process of role client.</summary>
    internal IEnumerable<KeyValuePair<string, string?>> ToConfiguration()
    {
        foreach (var (name, value) in Settings)
            yield return new($"{JadeOptions.Root}:{name}", value);
        yield return Of(nameof(ClusterOptions.Role), nameof(NodeRole.Client));
        yield return Of(nameof(ClusterOptions.Clustering), Clustering.ToString());
        yield return Of(nameof(ClusterOptions.ClusterId), ClusterId);
        yield return Of(nameof(ClusterOptions.ServiceId), ServiceId);
        yield return Of(nameof(ClusterOptions.StartTimeoutSeconds), ((int)ConnectTimeout.TotalSeconds).ToString(CultureInfo.InvariantCulture));
        if (ConnectionString is not null)
            yield return Of(nameof(ClusterOptions.ConnectionString), ConnectionString);
        if (ServiceUri is not null)
            yield return Of(nameof(ClusterOptions.ServiceUri), ServiceUri.AbsoluteUri);
        for (var i = 0; i < GatewayPorts.Count; i++)
            yield return Of($"{nameof(ClusterOptions.GatewayPorts)}:{i}", GatewayPorts[i].ToString(CultureInfo.InvariantCulture));
    }

    private static KeyValuePair<string, string?> Of(string name, string value) => new($"{ClusterOptions.Section}:{name}", value);
}
