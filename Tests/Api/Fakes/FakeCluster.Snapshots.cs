using System.Globalization;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Tests.Api.Fakes;

internal sealed partial class FakeCluster
{
    private readonly List<(string DatabaseId, SnapshotDescription Snapshot)> _snapshots = [];

    /// <summary>What the last restore or branch asked for.</summary>
    public DatabaseOrigin? LastOrigin { get; private set; }

    /// <summary>The body of the last import.</summary>
    public string? Imported { get; private set; }

    public bool CompactionEnds { get; set; } = true;

    public DatabaseState MadeState { get; set; } = DatabaseState.Active;

    public Task<SnapshotDescription> CreateAsync(string databaseId, string label, CancellationToken cancellation)
    {
        Find(databaseId);
        var snapshot = new SnapshotDescription
        {
            Id = string.Create(CultureInfo.InvariantCulture, $"sn_{_snapshots.Count:D26}"),
            Label = label,
            CreatedAt = new DateTimeOffset(2026, 5, 4, 9, 30, 0, TimeSpan.Zero),
            Sequences = [7],
        };
        _snapshots.Add((databaseId, snapshot));
        return Task.FromResult(snapshot);
    }

    public Task<IReadOnlyList<SnapshotDescription>> ListAsync(string databaseId, CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<SnapshotDescription>>([.. _snapshots.Where(s => s.DatabaseId == databaseId).Select(s => s.Snapshot)]);

    public Task DeleteAsync(string databaseId, string snapshotId, CancellationToken cancellation) =>
        _snapshots.RemoveAll(s => s.DatabaseId == databaseId && s.Snapshot.Id == snapshotId) > 0
            ? Task.CompletedTask
            : Task.FromException(new JadeException("not_found", $"There is no snapshot '{snapshotId}'."));

    public Task<DatabaseDescription> RestoreAsync(string databaseId, string snapshotId, string name, DateTimeOffset? at, CancellationToken cancellation) =>
        MakeAsync(new DatabaseOrigin { DatabaseId = databaseId, SnapshotId = snapshotId, At = at }, name, cancellation);

    public Task<DatabaseDescription> BranchAsync(string databaseId, string name, CancellationToken cancellation) =>
        MakeAsync(new DatabaseOrigin { DatabaseId = databaseId }, name, cancellation);

    public async Task ExportAsync(string databaseId, string snapshotId, Stream target, CancellationToken cancellation)
    {
        Find(databaseId);
        if (snapshotId == "sn_none")
            throw new JadeException("not_found", "There is no such snapshot.");
        await target.WriteAsync("the file"u8.ToArray(), cancellation);
    }

    public async Task<DatabaseDescription> ImportAsync(Stream source, string name, CancellationToken cancellation)
    {
        using var reader = new StreamReader(source);
        Imported = await reader.ReadToEndAsync(cancellation);
        return await CreateAsync(new DatabaseSettings { Name = name, Dimension = 3 }, cancellation);
    }

    public Task<bool> CompactAsync(string databaseId, CancellationToken cancellation)
    {
        Find(databaseId);
        return Task.FromResult(CompactionEnds);
    }

    private async Task<DatabaseDescription> MakeAsync(DatabaseOrigin origin, string name, CancellationToken cancellation)
    {
        LastOrigin = origin;
        return await CreateAsync(Find(origin.DatabaseId).Description.Settings with { Name = name }, cancellation) with { State = MadeState };
    }
}
