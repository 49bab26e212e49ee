namespace JadeVector.Engine.Shards;

/// <summary>What can be read of a shard, from whichever copy: its owner's or one that follows. Safe for use from several threads.</summary>
public interface IShardReader : IAsyncDisposable
{
    ShardAddress Address { get; }

    /// <summary>Version of the shard map that the shard's hash range is of.</summary>
    long MapVersion { get; }

    /// <summary>This object is of no more use: close it and open the shard anew.</summary>
    bool MustReopen { get; }

    ShardStats Stats { get; }

    /// <summary>Native and mapped memory; 0 once it is closed.</summary>
    long MemoryBytes { get; }

    /// <summary>Native memory, which the system cannot take back as it can mapped files; 0 once it is closed.</summary>
    long NativeBytes { get; }

    /// <summary>Returns when a read with that guarantee may begin.</summary>
    /// <param name="guarantee">How sure it must be that the read misses nothing.</param>
    /// <param name="minSequence">The read must see this sequence number; 0 for any.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="RefusalException">
    /// <c>fenced</c>, <c>gone</c>, <c>storage_unavailable</c>, <c>deadline_exceeded</c>, <c>shard_damaged</c>, <c>loading</c>; <c>lagging</c> from a copy that follows.
    /// </exception>
    Task EnsureReadableAsync(ReadGuarantee guarantee, ulong minSequence, DateTimeOffset deadline, CancellationToken cancellation);

    /// <summary>Finds the nearest vectors. CPU work: run it on the search lane. Never waits for writers.</summary>
    /// <exception cref="RefusalException"><c>wrong_dimension</c>, <c>not_finite</c>, <c>invalid_argument</c>, <c>limit_exceeded</c>, <c>deadline_exceeded</c>, <c>loading</c>, <c>shard_damaged</c>.</exception>
    SearchOutcome Search(ShardQuery query, CancellationToken cancellation);

    /// <summary>The vectors of those ids (UTF-8), in their order; null where there is none.</summary>
    VectorRow?[] Get(IReadOnlyList<ReadOnlyMemory<byte>> ids, bool includeValues, bool includeMetadata);

    /// <summary>A page in order of version.</summary>
    /// <param name="afterCursor">From an earlier page; null starts at the oldest.</param>
    /// <param name="skip">Live vectors to pass over first.</param>
    /// <param name="limit">1 to <see cref="ShardLimits.PageSizeMax"/>.</param>
    /// <param name="includeValues">With values.</param>
    /// <param name="includeMetadata">With metadata and text.</param>
    VectorRowPage List(ulong? afterCursor, long skip, int limit, bool includeValues, bool includeMetadata);
}
