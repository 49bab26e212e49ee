using JadeVector.Hosting.Options;
using JadeVector.Tests.Cluster.Support;
using Npgsql;
using Xunit;

namespace JadeVector.Tests.Cluster;

/// <summary>Reminders in PostgreSQL: our table and queries under Orleans' ADO.NET provider.</summary>
public sealed class PostgresRemindersTests(PostgresFixture postgres) : ReminderContract
{
    [Theory]
    [InlineData("", 4)]
    [InlineData(";Maximum Pool Size=2", 2)]
    public async Task A_process_has_few_connections_however_much_is_asked_at_once(string settings, long most)
    {
        var service = Guid.NewGuid().ToString("N");
        var cluster = await ClusterAsync(service);
        var server = cluster.ConnectionString;
        cluster.ConnectionString = $"{server};Application Name={service}{settings}";
        var table = await TableAsync(cluster);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(number => table.UpsertRow(Entry($"g{number:00}"))));

        await using var source = NpgsqlDataSource.Create(server!);
        await using var count = source.CreateCommand("SELECT count(*) FROM pg_stat_activity WHERE application_name = @service");
        count.Parameters.AddWithValue("service", service);
        Assert.InRange((long)(await count.ExecuteScalarAsync(TestContext.Current.CancellationToken))!, 1, most);
    }

    private protected override async Task<ClusterOptions> ClusterAsync(string service) => new()
    {
        Clustering = ClusteringKind.Postgres,
        ConnectionString = await postgres.ConnectionStringAsync(),
        ServiceId = service,
    };
}
