using JadeVector.Cli.Nodes;
using JadeVector.Hosting;
using JadeVector.Hosting.Clustering;
using JadeVector.Hosting.Options;
using JadeVector.Hosting.Starting;
using JadeVector.Tests.Cluster.Support;
using Xunit;
using AzuriteProcess = JadeVector.Tests.Support.AzuriteProcess;
using TemporaryDirectory = JadeVector.Tests.Support.TemporaryDirectory;

namespace JadeVector.Tests.Cluster;

/// <summary>The list in an Azure table, on Azurite.</summary>
public sealed class AzureMembershipTests(AzureMembershipTests.Tables tables) : MembershipContract, IClassFixture<AzureMembershipTests.Tables>
{
    [Fact]
    public async Task A_table_that_cannot_be_reached_is_named_without_its_key()
    {
        const string Account = "DefaultEndpointsProtocol=http;AccountName=acme;AccountKey=c2VjcmV0;TableEndpoint=http://127.0.0.1:1/acme;";
        var cluster = new ClusterOptions { Clustering = ClusteringKind.Azure, ConnectionString = Account };
        var problem = await Assert.ThrowsAsync<JadeStartException>(() =>
            Membership.Of(cluster, new StorageOptions()).PrepareAsync(new StartRetry(TimeSpan.Zero, TimeProvider.System, TextWriter.Null), CancellationToken.None));
        Assert.StartsWith("The membership table at http://127.0.0.1:1/acme cannot be used: ", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("c2VjcmV0", problem.Message, StringComparison.Ordinal);
    }

    private protected override Task<ClusterOptions> ClusterAsync() => Task.FromResult(new ClusterOptions
    {
        Clustering = ClusteringKind.Azure,
        ConnectionString = tables.ConnectionString,
        ClusterId = Guid.NewGuid().ToString("N"),
    });

    /// <summary>An Azurite that serves tables.</summary>
    public sealed class Tables : IAsyncLifetime
    {
        private readonly TemporaryDirectory _directory = new();
        private AzuriteProcess? _azurite;

        public string ConnectionString => _azurite!.ConnectionString;

        public async ValueTask InitializeAsync()
        {
            Assert.SkipWhen(AzuriteProcess.Program is null, "Azurite is not installed (npm ci in eng/azurite; ./jade test does it).");
            _azurite = await AzuriteProcess.StartAsync(_directory.Path, FreePorts.Take(1)[0], service: "Table");
        }

        public async ValueTask DisposeAsync()
        {
            if (_azurite is not null)
                await _azurite.DisposeAsync();
            _directory.Dispose();
        }
    }
}
