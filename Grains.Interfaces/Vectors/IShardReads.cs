using Orleans.CodeGeneration;

namespace JadeVector.Grains.Interfaces;

/// <summary>What every copy of a shard answers, the owner's and those that follow. All members throw <see cref="JadeException"/> for a refusal.</summary>
[Alias("jade.IShardReads")]
[Version(1)]
public interface IShardReads : IGrainWithStringKey
{
    [Alias("Search")]
    Task<ShardSearchReply> Search(ShardSearch search);

    /// <summary>Vectors of those ids in their order; null where there is none.</summary>
    [Alias("Get")]
    Task<IReadOnlyList<VectorRecord?>> Get([Immutable] IReadOnlyList<string> ids, ShardRead read);

    /// <summary>A page in order of age.</summary>
    /// <param name="afterCursor">From an earlier page; null starts at the oldest.</param>
    /// <param name="skip">Live vectors to pass over first.</param>
    [Alias("List")]
    Task<ShardPage> List(ulong? afterCursor, long skip, int limit, ShardRead read);
}
