namespace JadeVector.Engine.Manifests;

/// <summary>The control plane, as a shard that nobody has owned yet asks it.</summary>
public interface IShardBirths
{
    /// <summary>Asked when there is no manifest.</summary>
    /// <returns>What the manifest will say, when the control plane knows the shard and it has no blob yet; null when there is no such shard.</returns>
    Task<ShardBirth?> FindAsync();

    /// <summary>Makes the shard; called before the first write. Throws when it is not to be.</summary>
    Task BearAsync();

    /// <summary>Called before the first owner of a shard that was made: throws when it was made too late, and there is no such shard any more.</summary>
    Task ConfirmAsync();
}
