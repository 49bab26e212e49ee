using System.Text.Json;
using JadeVector.Engine;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Shards;
using JadeVector.Engine.Snapshots;
using JadeVector.Grains.Interfaces;
using JadeVector.Grains.Routing;

namespace JadeVector.Grains.Snapshots;

/// <summary>Snapshots, branches and compaction over the grains.</summary>
/// <param name="grains">Of the cluster.</param>
/// <param name="cache">Of descriptions.</param>
/// <param name="clock">For ids.</param>
/// <param name="ids">For ids.</param>
/// <param name="context">The storage that files are exported from and imported into; null in a process that hosts nothing.</param>
public sealed class DatabaseSnapshots(IGrainFactory grains, DatabaseCache cache, TimeProvider clock, IdSource ids, EngineContext? context = null) : IDatabaseSnapshots
{
    /// <inheritdoc/>
    public async Task<SnapshotDescription> CreateAsync(string databaseId, string label, CancellationToken cancellation)
    {
        await cache.GetAsync(databaseId, cancellation);
        return await ControlCalls.Run(Grain(databaseId).CreateSnapshot(DatabaseIds.MakeSnapshot(clock, ids), label), cancellation);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SnapshotDescription>> ListAsync(string databaseId, CancellationToken cancellation)
    {
        await cache.GetAsync(databaseId, cancellation);
        return await ControlCalls.Run(Grain(databaseId).ListSnapshots(), cancellation);
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(string databaseId, string snapshotId, CancellationToken cancellation)
    {
        await cache.GetAsync(databaseId, cancellation);
        await ControlCalls.Run(Grain(databaseId).DeleteSnapshot(snapshotId), cancellation);
    }

    /// <inheritdoc/>
    public async Task<DatabaseDescription> RestoreAsync(string databaseId, string snapshotId, string name, DateTimeOffset? at, CancellationToken cancellation)
    {
        await CheckSnapshotAsync(databaseId, snapshotId, cancellation);
        return await MakeAsync(new DatabaseOrigin { DatabaseId = databaseId, SnapshotId = snapshotId, At = at }, name, cancellation);
    }

    /// <inheritdoc/>
    public Task<DatabaseDescription> BranchAsync(string databaseId, string name, CancellationToken cancellation) =>
        MakeAsync(new DatabaseOrigin { DatabaseId = databaseId }, name, cancellation);

    /// <inheritdoc/>
    public async Task ExportAsync(string databaseId, string snapshotId, Stream target, CancellationToken cancellation)
    {
        var description = await cache.GetAsync(databaseId, cancellation);
        await CheckSnapshotAsync(databaseId, snapshotId, cancellation);
        var writer = new SnapshotFileWriter(Storage(), target);
        try
        {
            await writer.BeginAsync(JsonSerializer.SerializeToUtf8Bytes(description), cancellation);
            foreach (var range in description.ShardMap.Ranges)
            {
                await writer.WriteShardAsync(new ShardAddress(databaseId, range.Shard), snapshotId, cancellation);
            }

            await writer.EndAsync(cancellation);
        }
        catch (RefusalException refusal)
        {
            throw new JadeException(refusal.Code, refusal.Message);
        }
    }

    /// <inheritdoc/>
    public async Task<DatabaseDescription> ImportAsync(Stream source, string name, CancellationToken cancellation)
    {
        var id = DatabaseIds.Make(clock, ids);
        var begun = false;
        try
        {
            var reader = new SnapshotFileReader(Storage(), source);
            var description = JsonSerializer.Deserialize<DatabaseDescription>((await reader.BeginAsync(cancellation)).Span)
                ?? throw new InvalidDataException("The snapshot file describes no database.");
            await ControlCalls.Run(Grain(id).BeginImport(description, name), cancellation);
            begun = true;
            while (await reader.RestoreShardAsync(id, cancellation))
            {
            }

            return await ControlCalls.Run(Grain(id).EndImport(), cancellation);
        }
        catch (Exception problem)
        {
            if (begun)
            {
                await ControlCalls.Run(grains.GetGrain<IDatabaseGrain>(id).Delete(), CancellationToken.None);
            }

            throw problem switch
            {
                InvalidDataException or JsonException => new JadeException("invalid_argument", $"The body is no whole snapshot: {problem.Message}"),
                RefusalException refusal => new JadeException(refusal.Code, refusal.Message),
                _ => problem,
            };
        }
    }

    /// <inheritdoc/>
    public async Task<bool> CompactAsync(string databaseId, CancellationToken cancellation)
    {
        var description = await cache.GetAsync(databaseId, cancellation);
        try
        {
            await Task.WhenAll(description.ShardMap.Ranges.Select(range => CompactAsync(databaseId, range.Shard, cancellation)));
            return true;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return false; // the shards go on
        }
    }

    private async Task CheckSnapshotAsync(string databaseId, string snapshotId, CancellationToken cancellation)
    {
        if (!(await ListAsync(databaseId, cancellation)).Any(snapshot => snapshot.Id == snapshotId))
        {
            throw new JadeException("not_found", $"Database '{databaseId}' has no snapshot '{snapshotId}'.");
        }
    }

    private async Task CompactAsync(string databaseId, int shard, CancellationToken cancellation)
    {
        var grain = grains.GetGrain<IShardUpkeepGrain>(new ShardAddress(databaseId, shard).ToString());
        while (!await ControlCalls.Run(grain.Compact(), cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private async Task<DatabaseDescription> MakeAsync(DatabaseOrigin origin, string name, CancellationToken cancellation)
    {
        var source = await cache.GetAsync(origin.DatabaseId, cancellation);
        var id = DatabaseIds.Make(clock, ids);
        var made = await ControlCalls.Run(Grain(id).CreateFrom(source, name, origin), cancellation);
        try
        {
            while (made.State == DatabaseState.Creating)
            {
                made = await ControlCalls.Run(grains.GetGrain<IDatabaseGrain>(id).Get(), cancellation) ?? throw new JadeException("gone", $"Database '{id}' was deleted meanwhile.");
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // It goes on, and whoever asks for the database carries it on.
        }

        return made;
    }

    private EngineContext Storage() =>
        context ?? throw new JadeException("not_supported", "This process hosts no storage: files are exported and imported at a node that does.");

    private IDatabaseSnapshotsGrain Grain(string databaseId) => grains.GetGrain<IDatabaseSnapshotsGrain>(databaseId);
}
