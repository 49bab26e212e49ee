using JadeVector.Engine.Determinism;
using JadeVector.Engine.Shards;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Databases;

/// <summary>
/// The control plane of one database. Creation and deletion are sequences of idempotent steps behind a durable state
/// (Creating, Active, Deleting): whoever asks next after a crash carries them on.
/// </summary>
[GrainType("database")]
public sealed partial class DatabaseGrain(
    [PersistentState(GrainStateNames.Settings, GrainStateNames.Storage)] IPersistentState<DatabaseRecord> state,
    EngineContext context) : Grain, IDatabaseGrain
{
    private bool _isWriting; // what is in memory is not in the store yet

    private string Id => this.GetPrimaryKeyString();

    /// <inheritdoc/>
    public async Task<DatabaseDescription> Create(DatabaseSettings settings)
    {
        if (state.State.Description is null)
        {
            var now = context.Clock.GetUtcNow();
            await Write(new DatabaseDescription
            {
                Id = Id,
                Settings = settings,
                State = DatabaseState.Creating,
                ShardMap = ShardMaps.Create(settings.ShardCount),
                CreatedAt = now,
                UpdatedAt = now,
            });
        }

        return await CarryOn() ?? throw new JadeException("gone", $"Database '{Id}' is being deleted.");
    }

    /// <inheritdoc/>
    public async Task<DatabaseDescription?> Get()
    {
        var description = await CarryOn();
        if (description is null)
        {
            DeactivateOnIdle();
        }

        return description;
    }

    /// <inheritdoc/>
    public async Task<DatabaseDescription> Update(DatabaseChanges changes)
    {
        var before = await CarryOn() ?? throw NotFound();
        var settings = before.Settings with
        {
            Name = changes.Name ?? before.Settings.Name,
            Description = changes.Description ?? before.Settings.Description,
            EfSearch = changes.EfSearch ?? before.Settings.EfSearch,
            Probes = changes.Probes ?? before.Settings.Probes,
            Rescore = changes.Rescore ?? before.Settings.Rescore,
            ReplicationFactor = changes.ReplicationFactor ?? before.Settings.ReplicationFactor,
            Backups = changes.Backups is null ? before.Settings.Backups : changes.Backups.EverySeconds == BackupSchedule.Off ? null : changes.Backups,
        };
        var renamed = settings.Name != before.Settings.Name;
        if (renamed && !await CatalogOf(settings.Name).TryBind(settings.Name, Id))
        {
            throw NameTaken(settings.Name);
        }

        await ScheduleBackups(before.Settings.Backups, settings.Backups);
        await Write(before with { Settings = settings, UpdatedAt = context.Clock.GetUtcNow() });
        await MakeShardsForReplicas(state.State.Description!);
        if (renamed)
        {
            await CatalogOf(before.Settings.Name).Release(before.Settings.Name, Id);
        }

        return state.State.Description!;
    }

    /// <inheritdoc/>
    public async Task Delete()
    {
        if (state.State.Description is not { } description)
        {
            throw NotFound();
        }

        if (state.State.Branches.Count > 0)
        {
            throw new JadeException("conflict", $"Database '{Id}' shares what it has stored with {string.Join(", ", state.State.Branches)}: delete those first.");
        }

        if (description.State != DatabaseState.Deleting)
        {
            await Write(description with { State = DatabaseState.Deleting, UpdatedAt = context.Clock.GetUtcNow() });
        }

        await CarryOn();
    }

    /// <summary>Finishes a creation or a deletion that was begun.</summary>
    /// <returns>The active database, or null when there is none.</returns>
    private async Task<DatabaseDescription?> CarryOn() => state.State.Description switch
    {
        { State: DatabaseState.Creating } description => await FinishCreation(description),
        { State: DatabaseState.Deleting } description => await FinishDeletion(description),
        var description => description,
    };

    private async Task<DatabaseDescription> FinishCreation(DatabaseDescription description)
    {
        var settings = description.Settings;
        if (!await CatalogOf(settings.Name).TryBind(settings.Name, Id))
        {
            await state.ClearStateAsync();
            state.State.Description = null;
            throw NameTaken(settings.Name);
        }

        if (state.State.Origin is { } origin)
        {
            // Empty ones first: they are filled by replacing them, so that nothing is filled late that was deleted meanwhile.
            await MakeShards(description, description.ShardMap.Ranges);
            if (!await MakeOrGiveUp(description, origin))
            {
                return description;
            }

            await Write(description with { State = DatabaseState.Active });
            return state.State.Description!;
        }

        await MakeShardsForReplicas(description);
        await ScheduleBackups(null, settings.Backups);
        await Write(description with { State = DatabaseState.Active });
        return state.State.Description!;
    }

    private async Task<DatabaseDescription?> FinishDeletion(DatabaseDescription description)
    {
        foreach (var range in description.ShardMap.Ranges)
        {
            await GrainFactory.GetGrain<IShardGrain>(new ShardAddress(Id, range.Shard).ToString()).Delete();
        }

        if (state.State.Origin is { SnapshotId: null } origin)
        {
            await GrainFactory.GetGrain<IDatabaseSnapshotsGrain>(origin.DatabaseId).RemoveBranch(Id);
        }

        await ScheduleBackups(description.Settings.Backups, null);
        await CatalogOf(description.Settings.Name).Release(description.Settings.Name, Id);
        await state.ClearStateAsync();
        state.State = new DatabaseRecord();
        DeactivateOnIdle();
        return null;
    }

    private ICatalogGrain CatalogOf(string name) => GrainFactory.GetGrain<ICatalogGrain>(CatalogPartitions.Of(name));

    private async Task Write(DatabaseDescription description)
    {
        state.State.Description = description;
        _isWriting = true;
        try
        {
            await state.WriteStateAsync();
        }
        catch
        {
            DeactivateOnIdle(); // what the store holds is not known: the next activation reads it
            throw;
        }
        finally
        {
            _isWriting = false;
        }
    }

    private JadeException NotFound() => new("not_found", $"There is no database '{Id}'.");

    private static JadeException NameTaken(string name) => new("conflict", $"A database named '{name}' exists already.");
}
