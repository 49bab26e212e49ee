using JadeVector.Engine.Determinism;
using JadeVector.Grains.Interfaces;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace JadeVector.Grains.Databases;

/// <summary>Reentrant, since a database that is asked for a snapshot may be about to change its schedule.</summary>
[Reentrant]
[GrainType("backups")]
public sealed partial class BackupsGrain(
    [PersistentState(GrainStateNames.Backups, GrainStateNames.Storage)] IPersistentState<BackupsRecord> state,
    EngineContext context,
    ILogger<BackupsGrain> logger) : Grain, IBackupsGrain
{
    private const int Together = 8;

    private static readonly TimeSpan RetryPause = TimeSpan.FromMinutes(1);

    private long _changes;
    private long _saved;
    private Task _saving = Task.CompletedTask;
    private bool _isRunning;

    private Dictionary<string, DateTimeOffset> Due => state.State.Due;

    /// <inheritdoc/>
    public Task Schedule(string databaseId, DateTimeOffset due)
    {
        Due[databaseId] = due;
        return Save();
    }

    /// <inheritdoc/>
    public Task Forget(string databaseId) => Due.Remove(databaseId) ? Save() : Task.CompletedTask;

    /// <inheritdoc/>
    public async Task RunDue()
    {
        var now = context.Clock.GetUtcNow();
        var due = Due.Where(each => each.Value <= now).Select(each => each.Key).Order(StringComparer.Ordinal).ToList();
        if (_isRunning || due.Count == 0)
        {
            return;
        }

        _isRunning = true;
        try
        {
            foreach (var some in due.Chunk(Together))
            {
                await Task.WhenAll(some.Select(BackUp));
            }

            await Save();
        }
        finally
        {
            _isRunning = false;
        }
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
            await state.WriteStateAsync();
            _saved = covered;
        }
        catch
        {
            DeactivateOnIdle(); // what the store holds is not known: the next activation reads it
            throw;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Database {Database} took no scheduled snapshot; it will be asked again")]
    private static partial void LogFailed(ILogger logger, string database, Exception problem);
}
