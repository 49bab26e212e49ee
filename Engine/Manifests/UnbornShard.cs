namespace JadeVector.Engine.Manifests;

/// <summary>A shard that exists for the control plane and has no blob yet.</summary>
/// <param name="Birth">What its manifest will say.</param>
/// <param name="BearAsync">Has the control plane make it; called before the first write.</param>
public sealed record UnbornShard(ShardBirth Birth, Func<Task> BearAsync);
