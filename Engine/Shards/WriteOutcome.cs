namespace JadeVector.Engine.Shards;

/// <summary>What became of an item. Stored in logs: the numbers never change meaning.</summary>
public enum WriteItemStatus : byte
{
    /// <summary>Durable: inserted; there was no such id.</summary>
    Created = 0,

    /// <summary>Durable: replaced what was there.</summary>
    Replaced = 1,

    /// <summary>Durable: deleted.</summary>
    Deleted = 2,

    /// <summary>Nothing changed: no vector of that id.</summary>
    NotFound = 3,

    /// <summary>Nothing changed: the version is another, which the outcome tells (0 = none exists).</summary>
    VersionConflict = 4,

    /// <summary>Nothing changed: another item of the same atomic batch failed.</summary>
    NotAttempted = 5,
}

/// <param name="Version">The sequence number that wrote it; the version found for a conflict; otherwise 0.</param>
public readonly record struct WriteItemOutcome(WriteItemStatus Status, ulong Version);

/// <param name="Items">One per item, in order.</param>
/// <param name="Sequence">Reads at or after this sequence number see the write.</param>
public sealed record WriteOutcome(IReadOnlyList<WriteItemOutcome> Items, ulong Sequence);
