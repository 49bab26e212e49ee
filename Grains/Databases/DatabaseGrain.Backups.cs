using JadeVector.Grains.Interfaces;
using JadeVector.Grains.Routing;

namespace JadeVector.Grains.Databases;

// Snapshots that the database takes by itself. Its settings say how often; when the next is due stands with IBackupsGrain, which asks for it. That is told
// before the settings are written: of a crash in between remains at most a question to a database without a schedule, and then nothing.
public sealed partial class DatabaseGrain
{
    private const string ScheduledLabel = "scheduled";

    /// <inheritdoc/>
    public async Task<DateTimeOffset?> BackUp()
    {
        if (await CarryOn() is not { State: DatabaseState.Active, Settings.Backups: { } schedule })
        {
            return null;
        }

        var pause = TimeSpan.FromSeconds(schedule.EverySeconds);
        var last = Scheduled().LastOrDefault()?.Description.CreatedAt;
        if (last + pause is { } due && due > context.Clock.GetUtcNow())
        {
            return due;
        }

        var taken = await TakeSnapshot(
            new SnapshotDescription { Id = DatabaseIds.MakeSnapshot(context.Clock, context.Ids), Label = ScheduledLabel, CreatedAt = context.Clock.GetUtcNow(), IsScheduled = true });
        var kept = Scheduled();
        foreach (var old in kept.Take(kept.Count - schedule.Keep))
        {
            await DeleteSnapshot(old.Description.Id);
        }

        return taken.CreatedAt + pause;
    }

    /// <summary>Oldest first.</summary>
    private List<SnapshotRecord> Scheduled() =>
        [.. state.State.Snapshots.Where(snapshot => snapshot is { IsReady: true, Description.IsScheduled: true }).OrderBy(snapshot => snapshot.Description.CreatedAt)];

    private Task ScheduleBackups(BackupSchedule? before, BackupSchedule? after)
    {
        if (before == after)
        {
            return Task.CompletedTask;
        }

        var backups = GrainFactory.GetGrain<IBackupsGrain>(0);
        return after is null ? backups.Forget(Id) : backups.Schedule(Id, context.Clock.GetUtcNow() + TimeSpan.FromSeconds(after.EverySeconds));
    }
}
