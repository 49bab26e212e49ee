using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Edge;

namespace JadeVector.Client.Cluster;

public sealed partial class JadeClusterClient
{
    private const int DatabasesPerPage = 1000;

    /// <inheritdoc/>
    public Task<string> CreateDatabaseAsync(DatabaseDefinition definition, CancellationToken cancellation = default) => ChangeAsync(
        async (edge, time) => (await edge.Databases.CreateAsync(edge.Settings.Settings(DatabaseMapping.Request(definition)), time.Token)).Id, cancellation);

    /// <inheritdoc/>
    public Task<Database> GetDatabaseAsync(string databaseId, CancellationToken cancellation = default) =>
        ReadAsync(async (edge, time) => DatabaseMapping.Describe(await edge.DatabaseAsync(databaseId, time.Token)), cancellation);

    /// <inheritdoc/>
    public Task<Database?> FindDatabaseAsync(string name, CancellationToken cancellation = default) => ReadAsync(
        async (edge, time) => await edge.Databases.FindAsync(name, time.Token) is { } found ? DatabaseMapping.Describe(found) : null, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Database>> ListDatabasesAsync(CancellationToken cancellation = default) => ReadAsync<IReadOnlyList<Database>>(
        async (edge, time) =>
        {
            var all = new List<DatabaseDescription>();
            string? after = null;
            do
            {
                var page = await edge.Databases.ListAsync(after, offset: 0, DatabasesPerPage, time.Token);
                all.AddRange(page.Databases);
                after = page.NextAfterId;
            }
            while (after is not null);
            return [.. all.Select(DatabaseMapping.Describe)];
        },
        cancellation);

    /// <inheritdoc/>
    public Task<Database> UpdateDatabaseAsync(string databaseId, DatabaseUpdate update, CancellationToken cancellation = default) => ChangeAsync(
        async (edge, time) =>
        {
            var current = await edge.DatabaseAsync(databaseId, time.Token);
            var changes = edge.Settings.Changes(DatabaseMapping.Request(update), current.Settings);
            return DatabaseMapping.Describe(await edge.Databases.UpdateAsync(databaseId, changes, time.Token));
        },
        cancellation);

    /// <inheritdoc/>
    public Task DeleteDatabaseAsync(string databaseId, CancellationToken cancellation = default) => ChangeAsync(
        async (edge, time) =>
        {
            FieldRules.DatabaseId(databaseId);
            await edge.Databases.DeleteAsync(databaseId, time.Token);
            return true;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<DatabaseStatus> GetDatabaseStatusAsync(string databaseId, CancellationToken cancellation = default) => ReadAsync(
        async (edge, time) =>
        {
            FieldRules.DatabaseId(databaseId);
            return DatabaseMapping.Status(await edge.Databases.GetStatusAsync(databaseId, time.Token));
        },
        cancellation);

    /// <inheritdoc/>
    public async Task<bool> IsReadyAsync(CancellationToken cancellation = default) =>
        _edge is { } edge && (await edge.Readiness.CheckAsync(cancellation)).IsReady;
}
