using JadeVector.Hosting.Options;

namespace JadeVector.Hosting.Clustering.Azure;

/// <summary>In the place of the real one in a build that was made without Orleans' Azure providers (<c>AzureClustering=false</c>).</summary>
internal static class AzureMembership
{
    /// <exception cref="JadeStartException">Always.</exception>
    public static Membership Create(ClusterOptions cluster, StorageOptions storage) => throw new JadeStartException(
        $"Jade:Cluster:Clustering '{cluster.Clustering}' is not in this build (AzureClustering=false): use postgres, or build with the package Microsoft.Orleans.Clustering.AzureStorage.");
}
