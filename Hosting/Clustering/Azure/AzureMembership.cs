using Azure;
using Azure.Data.Tables;
using Azure.Identity;
using JadeVector.Hosting.Options;
using JadeVector.Hosting.Starting;
using Orleans.Clustering.AzureStorage;
using Orleans.Reminders.AzureStorage;

namespace JadeVector.Hosting.Clustering.Azure;

/// <summary>The list of silos in an Azure table and the reminders in another, through Orleans' Azure providers: by connection string, or as a managed identity.</summary>
internal sealed class AzureMembership : Membership
{
    private readonly TableServiceClient _tables;

    private AzureMembership(TableServiceClient tables) => _tables = tables;

    /// <exception cref="JadeStartException">The options name no account, or the connection string is none.</exception>
    public static Membership Create(ClusterOptions cluster, StorageOptions storage)
    {
        // Short: the membership protocol tries again by itself, and a silo that cannot vote in time is no help.
        var client = new TableClientOptions { Retry = { MaxRetries = 2, Delay = TimeSpan.FromMilliseconds(200), NetworkTimeout = TimeSpan.FromSeconds(5) } };
        try
        {
            return new AzureMembership((cluster.ConnectionString ?? (cluster.ServiceUri is null ? storage.ConnectionString : null), cluster.ServiceUri) switch
            {
                ({ } connection, _) => new TableServiceClient(connection, client),
                (_, { } service) => new TableServiceClient(service, new DefaultAzureCredential(), client),
                _ => throw new JadeStartException(
                    "Clustering 'azure' needs Jade:Cluster:ConnectionString or Jade:Cluster:ServiceUri (the account's table endpoint), or Jade:Storage:ConnectionString."),
            });
        }
        catch (Exception problem) when (problem is FormatException or ArgumentException or InvalidOperationException)
        {
            throw new JadeStartException($"Jade:Cluster:ConnectionString is not one of Azure Storage: {problem.Message}", problem);
        }
    }

    public override Task PrepareAsync(StartRetry retry, CancellationToken cancellation) => retry.RunAsync(
        $"The membership table at {_tables.Uri.GetLeftPart(UriPartial.Path)}",
        async stop =>
        {
            await _tables.CreateTableIfNotExistsAsync(AzureStorageClusteringOptions.DEFAULT_TABLE_NAME, stop);
            return await _tables.CreateTableIfNotExistsAsync(AzureTableReminderStorageOptions.DEFAULT_TABLE_NAME, stop);
        },
        problem => problem is RequestFailedException or AggregateException or AuthenticationFailedException or OperationCanceledException,
        cancellation);

    protected override void UseFor(ISiloBuilder silo) => silo.UseAzureStorageClustering((AzureStorageClusteringOptions options) => options.TableServiceClient = _tables);

    public override void AddRemindersTo(ISiloBuilder silo) =>
        silo.UseAzureTableReminderService((AzureTableReminderStorageOptions options) => options.TableServiceClient = _tables);

    protected override void UseFor(IClientBuilder client) => client.UseAzureStorageClustering((AzureStorageGatewayOptions options) => options.TableServiceClient = _tables);
}
