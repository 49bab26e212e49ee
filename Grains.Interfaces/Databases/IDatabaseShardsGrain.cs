using Orleans.CodeGeneration;
using Orleans.Concurrency;

namespace JadeVector.Grains.Interfaces;

/// <summary>What shards ask of their database, by the same grain as <see cref="IDatabaseGrain"/>. Key: the database id.</summary>
[Alias("jade.IDatabaseShardsGrain")]
[Version(1)]
public interface IDatabaseShardsGrain : IGrainWithStringKey
{
    /// <summary>For a shard that has found no manifest: its database, when nobody has written to the shard yet; null when there is no such database.</summary>
    /// <exception cref="JadeException"><c>shard_damaged</c>: the shard had a manifest once.</exception>
    [Alias("DescribeUnborn")]
    Task<DatabaseDescription?> DescribeUnborn(int shard);

    /// <summary>Makes the manifest of a shard that is about to be written to for the first time. Repeating it is harmless.</summary>
    [Alias("MakeShard")]
    Task MakeShard(int shard);

    /// <summary>For a shard that was made and that nobody has owned yet. It interleaves: the database may be waiting for that shard.</summary>
    /// <returns>False when that is not known: <see cref="MakeShard"/> finds out.</returns>
    /// <exception cref="JadeException"><c>gone</c>: it was made late, and the database was deleted meanwhile.</exception>
    [Alias("IsShardMade"), AlwaysInterleave]
    Task<bool> IsShardMade(int shard);
}
