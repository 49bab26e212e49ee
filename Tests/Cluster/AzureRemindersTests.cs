using JadeVector.Hosting.Options;
using JadeVector.Tests.Cluster.Support;
using Xunit;

namespace JadeVector.Tests.Cluster;

/// <summary>Reminders in an Azure table, on Azurite.</summary>
public sealed class AzureRemindersTests(AzureMembershipTests.Tables tables) : ReminderContract, IClassFixture<AzureMembershipTests.Tables>
{
    private protected override Task<ClusterOptions> ClusterAsync(string service) =>
        Task.FromResult(new ClusterOptions { Clustering = ClusteringKind.Azure, ConnectionString = tables.ConnectionString, ServiceId = service });
}
