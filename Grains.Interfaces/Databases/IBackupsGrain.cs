using Orleans.CodeGeneration;

namespace JadeVector.Grains.Interfaces;

/// <summary>
/// Remembers which databases take snapshots by themselves, and asks each when it is due. One in the cluster, key 0. What is due is written
/// down, so that it happens after a restart too, without a look at the other databases; while anything is, the grain keeps itself awake.
/// </summary>
[Alias("jade.IBackupsGrain")]
[Version(2)]
public interface IBackupsGrain : IGrainWithIntegerKey
{
    /// <summary>The database is to be asked at that time, in place of an earlier one.</summary>
    [Alias("Schedule")]
    Task Schedule(string databaseId, DateTimeOffset due);

    /// <summary>The database is not to be asked any more; repeating it is harmless.</summary>
    [Alias("Forget")]
    Task Forget(string databaseId);

    /// <summary>Each node asks once, when it starts: the grain is awake from then on if it has anything to do.</summary>
    [Alias("Wake")]
    Task Wake();
}
