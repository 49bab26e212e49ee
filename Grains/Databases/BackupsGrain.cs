using JadeVector.Engine.Determinism;
using JadeVector.Grains.Interfaces;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace JadeVector.Grains.Databases;

// Awake is who has something to remember. While there are schedules, a timer of the activation looks every second for what is due, and a durable
// reminder stands for the activation: it makes another one, on whichever node, when this one's node has died. The reminder is there before the state
// that needs it and goes after the state that does not, so a crash in between leaves at most a reminder of nothing. That one ends itself.

/// <summary>Reentrant, since a database that is asked for a snapshot may be about to change its schedule.</summary>
[Reentrant]
[GrainType("backups")]
public sealed partial class BackupsGrain(
    [PersistentState(GrainStateNames.Backups, GrainStateNames.Storage)] IPersistentState<BackupsRecord> state,
    EngineContext context,
    BackupsPace pace,
    ILogger<BackupsGrain> logger) : Grain, IBackupsGrain, IRemindable
{
    /// <summary>Stored with the reminder: it never changes.</summary>
    private const string ReminderName = "backups";

    private const int Together = 8;

    private static readonly TimeSpan RetryPause = TimeSpan.FromMinutes(1);

    private long _changes;
    private long _saved;
    private Task _saving = Task.CompletedTask;
    private IGrainReminder? _reminder;
    private IGrainTimer? _timer;

    private Dictionary<string, DateTimeOffset> Due => state.State.Due;

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (Due.Count > 0)
        {
            await StayAwake();
        }
    }

    /// <inheritdoc/>
    public Task Schedule(string databaseId, DateTimeOffset due)
    {
        Due[databaseId] = due;
        return Save();
    }

    /// <inheritdoc/>
    public Task Forget(string databaseId) => Due.Remove(databaseId) ? Save() : Task.CompletedTask;

    /// <inheritdoc/>
    public Task Wake() => Task.CompletedTask; // what there was to do, the activation has done

    /// <inheritdoc/>
    public Task ReceiveReminder(string reminderName, TickStatus status) => Due.Count == 0 ? Save() : Task.CompletedTask;

    private async Task RunDue(CancellationToken cancellation)
    {
        var now = context.Clock.GetUtcNow();
        var due = Due.Where(each => each.Value <= now).Select(each => each.Key).Order(StringComparer.Ordinal).ToList();
        if (due.Count == 0)
        {
            return;
        }

        foreach (var some in due.Chunk(Together))
        {
            await Task.WhenAll(some.Select(BackUp));
        }

        await Save();
    }

    private async Task BackUp(string databaseId)
    {
        var before = Due.GetValueOrDefault(databaseId);
        DateTimeOffset? next;
        try
        {
            next = await GrainFactory.GetGrain<IDatabaseSnapshotsGrain>(databaseId).BackUp();
        }
        catch (Exception problem)
        {
            // Whatever it was: one database that cannot be kept must not keep the others from it.
            LogFailed(logger, databaseId, problem);
            next = context.Clock.GetUtcNow() + RetryPause;
        }

        if (!Due.TryGetValue(databaseId, out var after) || after != before)
        {
            return; // the schedule was changed meanwhile
        }

        if (next is { } time)
        {
            Due[databaseId] = time;
        }
        else
        {
            Due.Remove(databaseId);
        }
    }

    /// <summary>Returns when what has changed so far is stored. One write at a time, for the changes of all who wait.</summary>
    private async Task Save()
    {
        var mine = ++_changes;
        while (_saved < mine)
        {
            if (_saving.IsCompleted)
            {
                _saving = WriteAsync();
            }

            await _saving;
        }
    }

    private async Task WriteAsync()
    {
        var covered = _changes;
        try
        {
            var reminder = Due.Count > 0 ? await StayAwake() : _reminder ?? await this.GetReminder(ReminderName);
            await state.WriteStateAsync();
            if (Due.Count == 0 && reminder is not null)
            {
                await FallAsleep(reminder);
            }

            _saved = covered;
        }
        catch
        {
            DeactivateOnIdle(); // what the store holds is not known: the next activation reads it
            throw;
        }
    }

    private async Task<IGrainReminder> StayAwake()
    {
        _reminder ??= await this.RegisterOrUpdateReminder(ReminderName, pace.Reminder, pace.Reminder);
        _timer ??= this.RegisterGrainTimer(RunDue, new GrainTimerCreationOptions(pace.Look, pace.Look) { Interleave = true, KeepAlive = true });
        return _reminder;
    }

    /// <param name="reminder">As it was before the state was written: one that another activation has set since stays.</param>
    private async Task FallAsleep(IGrainReminder reminder)
    {
        _timer?.Dispose();
        (_timer, _reminder) = (null, null);
        await this.UnregisterReminder(reminder);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Database {Database} took no scheduled snapshot; it will be asked again")]
    private static partial void LogFailed(ILogger logger, string database, Exception problem);
}
