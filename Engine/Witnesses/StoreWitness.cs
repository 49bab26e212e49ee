using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Witnesses;

// A store that loses what it has acknowledged shows an earlier state of itself, which is as whole as any other: only somebody who remembers
// the later one can tell. Every node remembers how far it has seen each shard (in memory, and on its own disk where the store is elsewhere)
// and holds what the store shows against it: whenever it opens a shard, and whenever it reads a manifest or asks for a log's length.
//
// A bound keeps what is remembered small: the shards seen last, in two generations. When the younger is full it becomes the older, and what
// was in the older and has not been seen since is forgotten.

/// <summary>Remembers how far this node has seen the shards of its store, to notice a store that was rolled back. Safe for use from several threads.</summary>
/// <param name="records">Keeps it over restarts; null remembers until the process ends.</param>
/// <param name="shardsMax">About how many shards are remembered.</param>
public sealed class StoreWitness(IWitnessRecords? records = null, int shardsMax = StoreWitness.ShardsDefault) : IDisposable
{
    public const int ShardsDefault = 65_536;

    private readonly Lock _lock = new();
    private Dictionary<ShardAddress, ShardSighting> _young = [];
    private Dictionary<ShardAddress, ShardSighting> _old = records?.Load().ToDictionary() ?? [];

    /// <summary>Why what is seen is not kept over a restart; null when it is, or need not be.</summary>
    public string? Problem => records?.Problem;

    /// <summary>Shards remembered.</summary>
    public IReadOnlyCollection<ShardAddress> Shards
    {
        get
        {
            lock (_lock)
                return [.. _young.Keys.Union(_old.Keys)];
        }
    }

    /// <returns>How far the shard was seen; <see cref="ShardSighting.None"/> when it was not.</returns>
    public ShardSighting Find(ShardAddress shard)
    {
        lock (_lock)
            return FindCore(shard);
    }

    /// <summary>The store has shown or acknowledged this much of the shard.</summary>
    public void Saw(ShardAddress shard, ShardSighting sighting)
    {
        lock (_lock)
        {
            var before = FindCore(shard);
            var now = before.Or(sighting);
            if (now == before)
                return;
            if (_young.Count >= shardsMax / 2 && !_young.ContainsKey(shard))
                BeginGeneration();
            _young[shard] = now;
            records?.Write(shard, now);
        }
    }

    /// <summary>What the store shows from now on is the truth: an operator has accepted a loss, or the shard is gone.</summary>
    public void Forget(ShardAddress shard)
    {
        lock (_lock)
        {
            if (_young.Remove(shard) | _old.Remove(shard))
                records?.Remove(shard);
        }
    }

    /// <summary>Closes the records; what is seen after it is kept in memory only.</summary>
    public void Dispose()
    {
        lock (_lock)
            (records as IDisposable)?.Dispose();
    }

    private ShardSighting FindCore(ShardAddress shard) => _young.TryGetValue(shard, out var seen) || _old.TryGetValue(shard, out seen) ? seen : ShardSighting.None;

    private void BeginGeneration()
    {
        foreach (var forgotten in _old.Keys.Where(shard => !_young.ContainsKey(shard)))
            records?.Remove(forgotten);
        (_old, _young) = (_young, []);
    }
}
