using JadeVector.Hosting;
using JadeVector.Hosting.Clustering;
using JadeVector.Hosting.Options;
using JadeVector.Hosting.Starting;
using JadeVector.Tests.Cluster.Support;
using Xunit;

namespace JadeVector.Tests.Cluster;

/// <summary>The list in PostgreSQL: our tables and queries under Orleans' ADO.NET provider.</summary>
public sealed class PostgresMembershipTests(PostgresFixture postgres) : MembershipContract
{
    [Fact]
    public async Task A_database_that_cannot_be_reached_is_named_without_its_password()
    {
        var cluster = new ClusterOptions { Clustering = ClusteringKind.Postgres, ConnectionString = "Host=127.0.0.1;Port=1;Username=u;Password=secret;Database=d" };
        var problem = await Assert.ThrowsAsync<JadeStartException>(() =>
            Membership.Of(cluster, new StorageOptions()).PrepareAsync(new StartRetry(TimeSpan.Zero, TimeProvider.System, TextWriter.Null), CancellationToken.None));
        Assert.StartsWith("The membership database at 127.0.0.1:1/d cannot be used: ", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silos_that_start_together_create_the_tables_once()
    {
        var connection = $"{await postgres.ConnectionStringAsync()};Search Path=s{Guid.NewGuid():N}";
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var cluster = new ClusterOptions { Clustering = ClusteringKind.Postgres, ConnectionString = connection };
            await Membership.Of(cluster, new StorageOptions()).PrepareAsync(new StartRetry(TimeSpan.Zero, TimeProvider.System, TextWriter.Null), CancellationToken.None);
        })));
    }

    private protected override async Task<ClusterOptions> ClusterAsync() => new()
    {
        Clustering = ClusteringKind.Postgres,
        ConnectionString = await postgres.ConnectionStringAsync(),
        ClusterId = Guid.NewGuid().ToString("N"),
    };
}
