namespace JadeVector.Engine.Shards;

/// <summary>How sure a read must be that no other owner has written since.</summary>
public enum ReadGuarantee
{
    /// <summary>Ownership was verified within <see cref="ShardOptions.OwnershipAgeMax"/>.</summary>
    Bounded,

    /// <summary>Ownership is verified after the read arrived.</summary>
    Strong,

    /// <summary>What this node has.</summary>
    Eventual,
}
