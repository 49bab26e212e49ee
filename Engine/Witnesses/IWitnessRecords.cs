using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Witnesses;

/// <summary>Keeps a witness's memory outside the store that it witnesses. Calls come one at a time, on the path of writes: they return at once and never throw.</summary>
public interface IWitnessRecords
{
    /// <summary>Why what is written may not be there after a restart; null when all is well.</summary>
    string? Problem { get; }

    /// <summary>What an earlier run has left.</summary>
    IReadOnlyDictionary<ShardAddress, ShardSighting> Load();

    /// <summary>In place of what is there for the shard. Survives the process, however it ends; not necessarily the machine.</summary>
    void Write(ShardAddress shard, ShardSighting sighting);

    void Remove(ShardAddress shard);
}
