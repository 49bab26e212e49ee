using JadeVector.Hosting.Options;
using JadeVector.Tests.Cluster.Support;

namespace JadeVector.Tests.Cluster;

/// <summary>Reminders in PostgreSQL: our table and queries under Orleans' ADO.NET provider.</summary>
public sealed class PostgresRemindersTests(PostgresFixture postgres) : ReminderContract
{
    private protected override async Task<ClusterOptions> ClusterAsync(string service) => new()
    {
        Clustering = ClusteringKind.Postgres,
        ConnectionString = await postgres.ConnectionStringAsync(),
        ServiceId = service,
    };
}
