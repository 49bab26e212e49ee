namespace JadeVector.Grains.Interfaces;

/// <summary>Snapshots, branches and compaction, as a host offers them to its edge: a plain object over the grains.</summary>
/// <exception cref="JadeException">Every member throws it for a refusal: <c>not_found</c>, <c>conflict</c>, <c>limit_exceeded</c>, <c>invalid_argument</c>, <c>storage_unavailable</c> …</exception>
public interface IDatabaseSnapshots
{
    /// <summary>Keeps the state of now; its time does not depend on the size of the database.</summary>
    Task<SnapshotDescription> CreateAsync(string databaseId, string label, CancellationToken cancellation);

    /// <summary>Oldest first.</summary>
    Task<IReadOnlyList<SnapshotDescription>> ListAsync(string databaseId, CancellationToken cancellation);

    Task DeleteAsync(string databaseId, string snapshotId, CancellationToken cancellation);

    /// <summary>Makes a new database of its own from a snapshot.</summary>
    /// <param name="name">Of the new database.</param>
    /// <param name="at">Leave out what was written after this moment; null for the whole snapshot.</param>
    /// <returns>Still <see cref="DatabaseState.Creating"/> when there is much to copy: it goes on by itself.</returns>
    Task<DatabaseDescription> RestoreAsync(string databaseId, string snapshotId, string name, DateTimeOffset? at, CancellationToken cancellation);

    /// <summary>Makes a new database that begins with the state of now and shares what is stored of it, copying nothing until it is rewritten.</summary>
    Task<DatabaseDescription> BranchAsync(string databaseId, string name, CancellationToken cancellation);

    /// <summary>Writes a snapshot as one file.</summary>
    Task ExportAsync(string databaseId, string snapshotId, Stream target, CancellationToken cancellation);

    /// <summary>Makes a new database from such a file.</summary>
    Task<DatabaseDescription> ImportAsync(Stream source, string name, CancellationToken cancellation);

    /// <summary>Compacts every shard.</summary>
    /// <returns>False when some were still at it at the end of the time.</returns>
    Task<bool> CompactAsync(string databaseId, CancellationToken cancellation);
}
