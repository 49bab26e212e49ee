namespace JadeVector.Grains.Interfaces;

/// <summary>One index partition. Key: <c>{databaseId}/{shard}</c>. All members throw <see cref="JadeException"/> for a refusal.</summary>
[Alias("jade.IShardGrain")]
public interface IShardGrain : IGrainWithStringKey
{
    [Alias("Write")]
    Task<ShardWriteReply> Write(ShardWrite write);

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

    [Alias("GetStatus")]
    Task<ShardStatus> GetStatus();

    /// <summary>Turns the log so far into a segment; returns when it is installed.</summary>
    [Alias("Checkpoint")]
    Task Checkpoint();

    /// <summary>Goes to another node: running calls finish here, later ones are answered there.</summary>
    /// <param name="address">In the actor runtime's text form; null for wherever placement says.</param>
    [Alias("Move")]
    Task Move(string? address);

    /// <summary>Fences the shard for good and removes its blobs. Called by the database grain only; repeating it is harmless.</summary>
    [Alias("Delete")]
    Task Delete();
}
