namespace JadeVector.Grains.Interfaces;

/// <summary>Reads and writes by id, as a host offers them to its edge: groups by shard with a cached shard map and calls the shard grains directly.</summary>
/// <exception cref="JadeException">Every member throws it for a refusal of the whole request.</exception>
public interface IVectorStore
{
    /// <summary>Writes items in order; of two items with one id the later wins. Returns when every item is durable or has its reason.</summary>
    Task<DatabaseWriteReply> WriteAsync(string databaseId, IReadOnlyList<VectorWrite> items, WriteOptions options, CancellationToken cancellation);

    /// <summary>The vectors of those ids, in their order; null where there is none.</summary>
    Task<IReadOnlyList<VectorRecord?>> GetAsync(string databaseId, IReadOnlyList<string> ids, ReadOptions options, CancellationToken cancellation);

    /// <summary>A page of vectors.</summary>
    /// <param name="offset">Vectors to skip; 0 with a cursor.</param>
    /// <param name="limit">1 to 10,000.</param>
    /// <param name="cursor">From an earlier page, or null.</param>
    Task<VectorPage> ListAsync(string databaseId, long offset, int limit, string? cursor, ReadOptions options, CancellationToken cancellation);
}
