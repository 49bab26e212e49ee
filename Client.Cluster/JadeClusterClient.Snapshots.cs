using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Edge;

namespace JadeVector.Client.Cluster;

public sealed partial class JadeClusterClient
{
    /// <inheritdoc/>
    public Task<Snapshot> CreateSnapshotAsync(string databaseId, string label = "", CancellationToken cancellation = default) => ChangeAsync(
        async (edge, time) =>
        {
            FieldRules.DatabaseId(databaseId);
            return SnapshotOf(databaseId, await edge.Snapshots.CreateAsync(databaseId, FieldRules.Label(label), time.Token));
        },
        cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Snapshot>> ListSnapshotsAsync(string databaseId, CancellationToken cancellation = default) => ReadAsync<IReadOnlyList<Snapshot>>(
        async (edge, time) =>
        {
            FieldRules.DatabaseId(databaseId);
            return [.. (await edge.Snapshots.ListAsync(databaseId, time.Token)).Select(snapshot => SnapshotOf(databaseId, snapshot))];
        },
        cancellation);

    /// <inheritdoc/>
    public Task DeleteSnapshotAsync(string databaseId, string snapshotId, CancellationToken cancellation = default) => ChangeAsync(
        async (edge, time) =>
        {
            FieldRules.DatabaseId(databaseId);
            await edge.Snapshots.DeleteAsync(databaseId, snapshotId, time.Token);
            return true;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<string> RestoreSnapshotAsync(
        string databaseId, string snapshotId, string name, DateTimeOffset? at = null, CancellationToken cancellation = default) => ChangeAsync(
        async (edge, time) =>
        {
            await edge.DatabaseAsync(databaseId, time.Token);
            return (await edge.Snapshots.RestoreAsync(databaseId, snapshotId, DatabaseSettingsReader.Name(name), at, time.Token)).Id;
        },
        cancellation);

    /// <inheritdoc/>
    /// <remarks>Refused as <c>not_supported</c>: the file is read off the store, which this process has not; an Api on a silo has it.</remarks>
    public Task ExportSnapshotAsync(string databaseId, string snapshotId, Stream target, CancellationToken cancellation = default)
    {
        var edge = Edge;
        return TranslateAsync(
            async () =>
            {
                FieldRules.DatabaseId(databaseId);
                await edge.Snapshots.ExportAsync(databaseId, snapshotId, target, cancellation);
                return true;
            },
            cancellation);
    }

    /// <inheritdoc/>
    /// <remarks>Refused as <c>not_supported</c>, as <see cref="ExportSnapshotAsync"/> is.</remarks>
    public Task<string> ImportSnapshotAsync(string name, Stream source, CancellationToken cancellation = default)
    {
        var edge = Edge;
        return TranslateAsync(async () => (await edge.Snapshots.ImportAsync(source, DatabaseSettingsReader.Name(name), cancellation)).Id, cancellation);
    }

    /// <inheritdoc/>
    public Task<string> CreateBranchAsync(string databaseId, string name, CancellationToken cancellation = default) => ChangeAsync(
        async (edge, time) =>
        {
            await edge.DatabaseAsync(databaseId, time.Token);
            return (await edge.Snapshots.BranchAsync(databaseId, DatabaseSettingsReader.Name(name), time.Token)).Id;
        },
        cancellation);

    /// <inheritdoc/>
    public Task<bool> CompactAsync(string databaseId, CancellationToken cancellation = default) => ChangeAsync(
        async (edge, time) =>
        {
            FieldRules.DatabaseId(databaseId);
            return await edge.Snapshots.CompactAsync(databaseId, time.Token);
        },
        cancellation);

    private static Snapshot SnapshotOf(string databaseId, SnapshotDescription snapshot) => new()
    {
        SnapshotId = snapshot.Id,
        DatabaseId = databaseId,
        Label = snapshot.Label,
        CreatedAt = snapshot.CreatedAt,
        Sequences = snapshot.Sequences,
        Scheduled = snapshot.IsScheduled,
    };
}
