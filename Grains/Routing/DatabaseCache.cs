using System.Collections.Concurrent;
using JadeVector.Grains.Interfaces;
using Microsoft.Extensions.Logging;

namespace JadeVector.Grains.Routing;

/// <summary>
/// Descriptions of databases with their shard maps, so that reads and writes do not pass through the control plane. An entry older than
/// <see cref="Lifetime"/> is read again beside the request that found it, which does not wait: whoever uses an old map is told so by the
/// shard, and the control plane may be moving to another node just now. <c>stale_map</c> or <c>gone</c> ends an entry at once.
/// </summary>
public sealed partial class DatabaseCache
{
    /// <summary>How long a changed efSearch, name or description may go unnoticed by another node.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(5);

    /// <summary>An entry that could not be read again for so long is no longer used.</summary>
    public static readonly TimeSpan LifetimeMax = TimeSpan.FromMinutes(10);

    private const int EntriesMax = 10_000;

    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Func<string, Task<DatabaseDescription?>> _read;
    private readonly TimeProvider _clock;
    private readonly ILogger<DatabaseCache> _logger;

    public DatabaseCache(IGrainFactory grains, TimeProvider clock, ILogger<DatabaseCache> logger)
        : this(databaseId => grains.GetGrain<IDatabaseGrain>(databaseId).Get(), clock, logger)
    {
    }

    /// <param name="read">Asks the control plane of a database; null when there is none.</param>
    internal DatabaseCache(Func<string, Task<DatabaseDescription?>> read, TimeProvider clock, ILogger<DatabaseCache> logger) =>
        (_read, _clock, _logger) = (read, clock, logger);

    /// <exception cref="JadeException"><c>not_found</c>.</exception>
    public ValueTask<DatabaseDescription> GetAsync(string databaseId, CancellationToken cancellation)
    {
        if (_entries.TryGetValue(databaseId, out var entry))
        {
            var age = _clock.GetElapsedTime(entry.ReadAt);
            if (age >= Lifetime && age < LifetimeMax)
            {
                RefreshOnce(databaseId, entry);
            }

            if (age < LifetimeMax)
            {
                return ValueTask.FromResult(entry.Description);
            }
        }

        CheckId(databaseId);
        return new ValueTask<DatabaseDescription>(ReadAsync(databaseId, cancellation));
    }

    /// <exception cref="JadeException"><c>not_found</c>: no database can have this id.</exception>
    public static void CheckId(string databaseId)
    {
        if (!DatabaseIds.IsWellFormed(databaseId))
        {
            throw NotFound(databaseId);
        }
    }

    public void Put(DatabaseDescription description) => _entries[description.Id] = new Entry(description, _clock.GetTimestamp());

    public void Forget(string databaseId) => _entries.TryRemove(databaseId, out _);

    /// <summary>One at a time for an entry, and at most once a second.</summary>
    private void RefreshOnce(string databaseId, Entry entry)
    {
        var now = _clock.GetTimestamp();
        var last = Interlocked.Read(ref entry.TriedAt);
        if ((last == 0 || _clock.GetElapsedTime(last, now) >= RetryPause) && Interlocked.CompareExchange(ref entry.TriedAt, now, last) == last)
        {
            _ = ReadBesideAsync(databaseId);
        }
    }

    private async Task ReadBesideAsync(string databaseId)
    {
        try
        {
            await ReadAsync(databaseId, CancellationToken.None);
        }
        catch (Exception problem)
        {
            // Nobody waits for this one. The entry stays as it is, ReadAsync has removed it if there is no such database, and a
            // control plane that stays away is told to the caller who finds the entry too old.
            LogNotRead(_logger, databaseId, problem);
        }
    }

    private async Task<DatabaseDescription> ReadAsync(string databaseId, CancellationToken cancellation)
    {
        var readAt = _clock.GetTimestamp();
        var description = await ControlCalls.Run(_read(databaseId), cancellation);
        if (description is null)
        {
            _entries.TryRemove(databaseId, out _);
            throw NotFound(databaseId);
        }

        if (description.State == DatabaseState.Creating)
        {
            throw new JadeException("loading", $"Database '{databaseId}' is still being made.");
        }

        if (_entries.Count >= EntriesMax)
        {
            _entries.Clear();
        }

        _entries[databaseId] = new Entry(description, readAt);
        return description;
    }

    /// <summary>Runs a request with the database's description, once more with a fresh one when a shard says that its map has changed.</summary>
    internal async Task<T> PlanAsync<TArgument, T>(
        string databaseId, TArgument argument, Func<DatabaseDescription, TArgument, CancellationToken, Task<T>> run, CancellationToken cancellation)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await run(await GetAsync(databaseId, cancellation), argument, cancellation);
            }
            catch (JadeException refusal) when (refusal.Code is "gone" or "stale_map")
            {
                Forget(databaseId);
                if (refusal.Code == "gone" || attempt > 0)
                {
                    throw;
                }
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Database {DatabaseId} could not be read again from its control plane; its last description stays in use")]
    private static partial void LogNotRead(ILogger logger, string databaseId, Exception problem);

    private static JadeException NotFound(string databaseId) => new("not_found", $"There is no database '{databaseId}'.");

    private sealed class Entry(DatabaseDescription description, long readAt)
    {
        public long TriedAt;

        public DatabaseDescription Description { get; } = description;

        public long ReadAt { get; } = readAt;
    }
}
