namespace JadeVector.Cli.Drills;

/// <summary>What a drill counts.</summary>
internal enum DrillEvent
{
    Kill,
    FailedStart,
    Outage,
    StoreKill,
    RolledBackShard,
    Read,
    RefusedRead,
    Compaction,
    Snapshot,
    Restore,
    Branch,
}
