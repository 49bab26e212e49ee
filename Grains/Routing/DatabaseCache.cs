using System.Collections.Concurrent;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Routing;

/// <summary>
/// Descriptions of databases with their shard maps, so that reads and writes do not pass through the control plane. An entry
/// lives for <see cref="Lifetime"/>; a shard that answers <c>stale_map</c> or <c>gone</c> ends it at once.
/// </summary>
public sealed class DatabaseCache(IGrainFactory grains, TimeProvider clock)
{
    /// <summary>How long a changed efSearch, name or description may go unnoticed by another node.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(5);

    private const int EntriesMax = 10_000;

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <exception cref="JadeException"><c>not_found</c>.</exception>
    public async ValueTask<DatabaseDescription> GetAsync(string databaseId, CancellationToken cancellation)
    {
        if (_entries.TryGetValue(databaseId, out var entry) && clock.GetElapsedTime(entry.ReadAt) < Lifetime)
        {
            return entry.Description;
        }

        if (!DatabaseIds.IsWellFormed(databaseId))
        {
            throw NotFound(databaseId);
        }

        var readAt = clock.GetTimestamp();
        var description = await ControlCalls.Run(grains.GetGrain<IDatabaseGrain>(databaseId).Get(), cancellation);
        if (description is null)
        {
            _entries.TryRemove(databaseId, out _);
            throw NotFound(databaseId);
        }

        if (_entries.Count >= EntriesMax)
        {
            _entries.Clear();
        }

        _entries[databaseId] = new Entry(description, readAt);
        return description;
    }

    public void Put(DatabaseDescription description) => _entries[description.Id] = new Entry(description, clock.GetTimestamp());

    public void Forget(string databaseId) => _entries.TryRemove(databaseId, out _);

    private static JadeException NotFound(string databaseId) => new("not_found", $"There is no database '{databaseId}'.");

    private sealed record Entry(DatabaseDescription Description, long ReadAt);
}
