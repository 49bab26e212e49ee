using System.Net.Sockets;
using JadeVector.Hosting.Options;
using JadeVector.Hosting.Starting;
using Npgsql;

namespace JadeVector.Hosting.Clustering.Postgres;

/// <summary>The list of silos and the reminders in a PostgreSQL database, through Orleans' ADO.NET providers and the tables of <c>membership.sql</c> and <c>reminders.sql</c>.</summary>
internal sealed class PostgresMembership : Membership
{
    /// <summary>The provider's name for Npgsql.</summary>
    private const string Provider = "Npgsql";

    /// <summary>Any number that nothing else in the database uses: of two silos that start together, one creates the tables first.</summary>
    private const long SchemaLock = 0x6A_61_64_65_31; // "jade1"

    /// <summary>Connections of one process: a few queries a second. A server allows 100 to all of its clients together, as many as Npgsql would to one.</summary>
    private const int ConnectionsMax = 4;

    private readonly NpgsqlConnectionStringBuilder _connection;
    private readonly NpgsqlDataSource _source;

    /// <exception cref="JadeStartException">The connection string is none.</exception>
    public PostgresMembership(ClusterOptions options)
    {
        try
        {
            _connection = new NpgsqlConnectionStringBuilder(options.ConnectionString);
        }
        catch (ArgumentException problem)
        {
            throw new JadeStartException($"Jade:Cluster:ConnectionString is not one for PostgreSQL: {problem.Message}", problem);
        }

        // A schema of our own: the provider's one fixed table name may be taken by another application in the same database.
        _connection.SearchPath ??= "jade";
        _connection.ApplicationName ??= "jade";
        if (!_connection.ShouldSerialize("Maximum Pool Size"))
            _connection.MaxPoolSize = ConnectionsMax;
        _source = NpgsqlDataSource.Create(_connection);
    }

    /// <summary>For messages.</summary>
    private string Address => $"The membership database at {_connection.Host}:{_connection.Port}/{_connection.Database ?? _connection.Username}";

    public override Task PrepareAsync(StartRetry retry, CancellationToken cancellation) =>
        retry.RunAsync(Address, CreateTablesAsync, MayPass, cancellation);

    public override void AddRemindersTo(ISiloBuilder silo) =>
        silo.UseAdoNetReminderService(options => (options.Invariant, options.DataSource) = (Provider, _source));

    protected override void UseFor(ISiloBuilder silo) =>
        silo.UseAdoNetClustering(options => (options.Invariant, options.DataSource) = (Provider, _source));

    protected override void UseFor(IClientBuilder client) =>
        client.UseAdoNetClustering(options => (options.Invariant, options.DataSource) = (Provider, _source));

    private async Task<bool> CreateTablesAsync(CancellationToken cancellation)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var alone = new NpgsqlCommand("SELECT pg_advisory_xact_lock(@key)", connection, transaction))
        {
            alone.Parameters.AddWithValue("key", SchemaLock);
            await alone.ExecuteNonQueryAsync(cancellation);
        }

        var schema = new NpgsqlCommandBuilder().QuoteIdentifier(_connection.SearchPath!);
        await using (var create = new NpgsqlCommand($"CREATE SCHEMA IF NOT EXISTS {schema};\n{Sql("membership")}\n{Sql("reminders")}", connection, transaction))
        {
            await create.ExecuteNonQueryAsync(cancellation);
        }

        await transaction.CommitAsync(cancellation);
        return true;
    }

    /// <summary>Everything may, a database that is not there yet included; only a wrong password stays wrong.</summary>
    private static bool MayPass(Exception problem) =>
        problem is NpgsqlException { SqlState: not (PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification) } or SocketException or TimeoutException;

    private static string Sql(string name)
    {
        using var text = new StreamReader(typeof(PostgresMembership).Assembly.GetManifestResourceStream($"{name}.sql")!);
        return text.ReadToEnd();
    }
}
