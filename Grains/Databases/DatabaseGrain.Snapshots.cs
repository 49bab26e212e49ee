using JadeVector.Engine;
using JadeVector.Engine.Shards;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Databases;

// A snapshot is written down before any shard keeps its state, and is shown when all do: what a crash leaves half done is let go by the next
// call. A database made from another is Creating until all its shards are made; every call of Get carries it on.
public sealed partial class DatabaseGrain : IDatabaseSnapshotsGrain
{
    private const int SnapshotsMax = 100;

    /// <summary>Where a database comes from whose shards are made by somebody else; no id of a database.</summary>
    private const string Importing = "import";

    /// <inheritdoc/>
    public Task<SnapshotDescription> CreateSnapshot(string snapshotId, string label) =>
        TakeSnapshot(new SnapshotDescription { Id = snapshotId, Label = label, CreatedAt = context.Clock.GetUtcNow() });

    private async Task<SnapshotDescription> TakeSnapshot(SnapshotDescription wanted)
    {
        var description = await Active();
        await LetGoOfHalves();
        if (state.State.Snapshots.Count >= SnapshotsMax)
        {
            throw new JadeException("limit_exceeded", $"Database '{Id}' has {SnapshotsMax} snapshots, and may have no more.");
        }

        var snapshot = new SnapshotRecord { Description = wanted };
        state.State.Snapshots.Add(snapshot);
        await Write(description);
        await MakeShards(description, description.ShardMap.Ranges);
        var sequences = await Task.WhenAll(description.ShardMap.Ranges.Select(range => UpkeepOf(Id, range.Shard).Pin(wanted.Id)));
        snapshot.Description = snapshot.Description with { Sequences = sequences };
        snapshot.IsReady = true;
        await Write(description);
        return snapshot.Description;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<SnapshotDescription>> ListSnapshots()
    {
        await Active();
        return [.. state.State.Snapshots.Where(snapshot => snapshot.IsReady).Select(snapshot => snapshot.Description)];
    }

    /// <inheritdoc/>
    public async Task DeleteSnapshot(string snapshotId)
    {
        var description = await Active();
        var snapshot = state.State.Snapshots.FirstOrDefault(snapshot => snapshot.Description.Id == snapshotId && snapshot.IsReady)
            ?? throw new JadeException("not_found", $"Database '{Id}' has no snapshot '{snapshotId}'.");
        snapshot.IsReady = false;
        await Write(description);
        await LetGoOfHalves();
    }

    /// <inheritdoc/>
    public async Task<DatabaseDescription> CreateFrom(DatabaseDescription source, string name, DatabaseOrigin origin)
    {
        if (state.State.Description is null)
        {
            var now = context.Clock.GetUtcNow();
            state.State.Origin = origin;
            // What is made to look at, or to go another way, takes no snapshots before somebody asks for them.
            var settings = source.Settings with { Name = name, Backups = null };
            await Write(source with { Id = Id, Settings = settings, State = DatabaseState.Creating, CreatedAt = now, UpdatedAt = now });
        }

        return await CarryOn() ?? throw NotFound();
    }

    /// <inheritdoc/>
    public async Task BeginImport(DatabaseDescription source, string name)
    {
        await CreateFrom(source, name, new DatabaseOrigin { DatabaseId = Importing, SnapshotId = Importing });
    }

    /// <inheritdoc/>
    public async Task<DatabaseDescription> EndImport()
    {
        if (state.State is not { Description: { } description, Origin.DatabaseId: Importing })
        {
            throw NotFound();
        }

        await Write(description with { State = DatabaseState.Active });
        return state.State.Description!;
    }

    /// <inheritdoc/>
    public async Task AddBranch(string branchId)
    {
        var description = await Active();
        if (!state.State.Branches.Contains(branchId))
        {
            state.State.Branches.Add(branchId);
            await Write(description);
        }

        await MakeShards(description, description.ShardMap.Ranges);
    }

    /// <inheritdoc/>
    public async Task RemoveBranch(string branchId)
    {
        if (state.State.Description is not { } description || !state.State.Branches.Contains(branchId))
        {
            return;
        }

        foreach (var range in description.ShardMap.Ranges)
        {
            await UpkeepOf(Id, range.Shard).Unpin(branchId);
        }

        state.State.Branches.Remove(branchId);
        await Write(description);
    }

    /// <summary>What can never be made goes, with what there is of it, and the name is free again.</summary>
    /// <returns>False while some shard is still being made.</returns>
    private async Task<bool> MakeOrGiveUp(DatabaseDescription description, DatabaseOrigin origin)
    {
        try
        {
            return await MakeFromOrigin(description, origin);
        }
        catch (JadeException refusal) when (refusal.Code is RefusalCodes.NotFound or RefusalCodes.InvalidArgument or RefusalCodes.LimitExceeded)
        {
            await Write(description with { State = DatabaseState.Deleting });
            await FinishDeletion(description);
            throw;
        }
    }

    /// <returns>False while some shard is still being made.</returns>
    private async Task<bool> MakeFromOrigin(DatabaseDescription description, DatabaseOrigin origin)
    {
        if (origin.DatabaseId == Importing)
        {
            return false; // until EndImport
        }

        var pinId = origin.SnapshotId ?? Id;
        if (origin.SnapshotId is null)
        {
            // The source remembers the branch before it keeps anything for it, so that it is never deleted under the branch.
            await GrainFactory.GetGrain<IDatabaseSnapshotsGrain>(origin.DatabaseId).AddBranch(Id);
            await Task.WhenAll(description.ShardMap.Ranges.Select(range => UpkeepOf(origin.DatabaseId, range.Shard).Pin(pinId)));
        }

        var order = new ShardOrigin { DatabaseId = origin.DatabaseId, PinId = pinId, Share = origin.SnapshotId is null, At = origin.At };
        var made = await Task.WhenAll(description.ShardMap.Ranges.Select(range => UpkeepOf(Id, range.Shard).MakeFrom(order)));
        return made.All(done => done);
    }

    private async Task LetGoOfHalves()
    {
        foreach (var half in state.State.Snapshots.Where(snapshot => !snapshot.IsReady).ToArray())
        {
            foreach (var range in state.State.Description!.ShardMap.Ranges)
            {
                await UpkeepOf(Id, range.Shard).Unpin(half.Description.Id);
            }

            state.State.Snapshots.Remove(half);
            await Write(state.State.Description!);
        }
    }

    private async Task<DatabaseDescription> Active() => await CarryOn() switch
    {
        { State: DatabaseState.Active } active => active,
        { State: DatabaseState.Creating } => throw new JadeException("loading", $"Database '{Id}' is still being made."),
        _ => throw NotFound(),
    };

    private IShardUpkeepGrain UpkeepOf(string databaseId, int shard) =>
        GrainFactory.GetGrain<IShardUpkeepGrain>(new ShardAddress(databaseId, shard).ToString());
}
