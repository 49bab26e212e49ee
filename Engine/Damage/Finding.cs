namespace JadeVector.Engine.Damage;

/// <summary>What can be done about a finding.</summary>
public enum FindingRepair
{
    /// <summary>Nothing here: restore the database from a snapshot or an export.</summary>
    None,

    /// <summary>Nothing while the store does not give a blob that it has: ask again; if it never does, as <see cref="None"/>.</summary>
    AskAgain,

    /// <summary>The segment is written anew from its own rows, or from copies of them elsewhere: nothing is lost.</summary>
    Rebuild,

    /// <summary>The segment is written anew without the affected vectors, and their ids are kept in a list.</summary>
    RebuildWithLoss,

    /// <summary>Remembered request ids are forgotten: a retry of an old request would be applied again.</summary>
    ForgetRequests,

    /// <summary>What the store shows is taken for the truth: writes that it had acknowledged are given up. Which, nothing tells.</summary>
    AcceptRollback,

    /// <summary>Blobs that nothing names are deleted.</summary>
    Collect,
}

/// <summary>Something in a store that is not as it should be.</summary>
/// <param name="Blob">Whole name, or the prefix of what it is about.</param>
/// <param name="What">For people.</param>
/// <param name="Repair">What a repair does about it.</param>
/// <param name="AffectedIds">Vectors that cannot be served because of it; rows whose id is unreadable are described.</param>
public sealed record Finding(string Blob, string What, FindingRepair Repair, IReadOnlyList<string> AffectedIds)
{
    public Finding(string blob, string what, FindingRepair repair)
        : this(blob, what, repair, [])
    {
    }

    /// <summary>Garbage costs space and nothing else.</summary>
    public bool IsDamage => Repair is not FindingRepair.Collect;
}
