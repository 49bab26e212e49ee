using Orleans.CodeGeneration;

namespace JadeVector.Grains.Interfaces;

/// <summary>Snapshots and branches of a database, by the same grain as <see cref="IDatabaseGrain"/>. Key: the database id.</summary>
[Alias("jade.IDatabaseSnapshotsGrain")]
[Version(2)]
public interface IDatabaseSnapshotsGrain : IGrainWithStringKey
{
    [Alias("CreateSnapshot")]
    Task<SnapshotDescription> CreateSnapshot(string snapshotId, string label);

    /// <summary>Oldest first.</summary>
    [Alias("ListSnapshots")]
    Task<IReadOnlyList<SnapshotDescription>> ListSnapshots();

    [Alias("DeleteSnapshot")]
    Task DeleteSnapshot(string snapshotId);

    /// <summary>Takes a snapshot if the database's schedule says that one is due, and lets go of scheduled ones beyond those to keep.</summary>
    /// <returns>When the next is due; null where there is no schedule, or no database.</returns>
    [Alias("BackUp")]
    Task<DateTimeOffset?> BackUp();

    /// <summary>Makes this database, which does not exist yet, from another's state. Asked again (or by <see cref="IDatabaseGrain.Get"/>) it carries on.</summary>
    /// <returns>Still <see cref="DatabaseState.Creating"/> while its shards are being made.</returns>
    [Alias("CreateFrom")]
    Task<DatabaseDescription> CreateFrom(DatabaseDescription source, string name, DatabaseOrigin origin);

    /// <summary>Takes the name for a database whose shards the caller makes.</summary>
    [Alias("BeginImport")]
    Task BeginImport(DatabaseDescription source, string name);

    /// <summary>The shards are made.</summary>
    [Alias("EndImport")]
    Task<DatabaseDescription> EndImport();

    /// <summary>Remembers that a branch shares this database's blobs: it cannot be deleted before the branch. Called by the branch.</summary>
    [Alias("AddBranch")]
    Task AddBranch(string branchId);

    /// <summary>Called by a branch that is being deleted; repeating it is harmless.</summary>
    [Alias("RemoveBranch")]
    Task RemoveBranch(string branchId);
}
