using Orleans.CodeGeneration;

namespace JadeVector.Grains.Interfaces;

/// <summary>Kept states and upkeep of a shard, by the same grain as <see cref="IShardGrain"/>. Key: <c>{databaseId}/{shard}</c>.</summary>
[Alias("jade.IShardUpkeepGrain")]
[Version(1)]
public interface IShardUpkeepGrain : IGrainWithStringKey
{
    /// <summary>Keeps the state of now under an id; one that is kept already stays as it is.</summary>
    /// <returns>Its sequence number.</returns>
    [Alias("Pin")]
    Task<ulong> Pin(string id);

    /// <summary>Lets a state go; repeating it is harmless.</summary>
    [Alias("Unpin")]
    Task Unpin(string id);

    /// <summary>Makes this shard, which does not exist yet, from another's state. Called by the database grain only; repeating it carries on.</summary>
    /// <returns>False while it goes on: ask again.</returns>
    [Alias("MakeFrom")]
    Task<bool> MakeFrom(ShardOrigin origin);

    /// <summary>Checkpoint, and as few segments as can be, without deleted rows.</summary>
    /// <returns>False while it goes on: ask again.</returns>
    [Alias("Compact")]
    Task<bool> Compact();
}
