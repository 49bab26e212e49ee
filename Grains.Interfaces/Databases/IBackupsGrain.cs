using Orleans.CodeGeneration;

namespace JadeVector.Grains.Interfaces;

/// <summary>
/// Remembers which databases take snapshots by themselves, and asks each when it is due. One in the cluster, key 0; the leader calls it every
/// second. What is due is written down, so that it happens after a restart too, without a look at the other databases.
/// </summary>
[Alias("jade.IBackupsGrain")]
[Version(1)]
public interface IBackupsGrain : IGrainWithIntegerKey
{
    /// <summary>The database is to be asked at that time, in place of an earlier one.</summary>
    [Alias("Schedule")]
    Task Schedule(string databaseId, DateTimeOffset due);

    /// <summary>The database is not to be asked any more; repeating it is harmless.</summary>
    [Alias("Forget")]
    Task Forget(string databaseId);

    /// <summary>Asks the databases that are due. One that fails is asked again later.</summary>
    [Alias("RunDue")]
    Task RunDue();
}
