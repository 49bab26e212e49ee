using JadeVector.Engine.Determinism;
using JadeVector.Engine.Manifests;

namespace JadeVector.Engine.Shards;

/// <summary>One index partition: its log, its segments and its memory.</summary>
public sealed class Shard : IAsyncDisposable
{
    /// <summary>Reads manifest, segments and logs; writes nothing and fences nobody.</summary>
    /// <exception cref="RefusalException"><c>gone</c>, <c>storage_unavailable</c>, <c>shard_damaged</c> (naming the blob).</exception>
    public static Task<Shard> OpenAsync(EngineContext context, ShardAddress address, ShardOptions options, CancellationToken cancellation) =>
        throw new NotImplementedException();

    public ShardAddress Address => throw new NotImplementedException();

    /// <summary>Dimension, metric, index.</summary>
    public ShardConfig Config => throw new NotImplementedException();

    /// <summary>Version of the shard map that the shard's hash range is of.</summary>
    public long MapVersion => throw new NotImplementedException();

    /// <summary>Which ids the shard owns.</summary>
    public HashRange Range => throw new NotImplementedException();

    public ShardStats Stats => throw new NotImplementedException();

    /// <summary>Another owner has taken over, or what is in memory no longer follows the log: close it and open the shard anew.</summary>
    public bool MustReopen => throw new NotImplementedException();

    /// <summary>Writes a batch; returns when it is durable and visible. The first write takes ownership: it fences an earlier owner.</summary>
    /// <exception cref="RefusalException">
    /// Nothing was written: <c>invalid_argument</c>, <c>wrong_dimension</c>, <c>not_finite</c>, <c>limit_exceeded</c>, <c>stale_map</c> (an id is another
    /// shard's), <c>request_id_reused</c>, <c>storage_unavailable</c>, <c>deadline_exceeded</c>, <c>fenced</c>, <c>gone</c>, <c>loading</c> (being closed), <c>shard_damaged</c>.
    /// Not known, ask again with the same request id: <c>outcome_unknown</c>.
    /// </exception>
    public Task<WriteOutcome> WriteAsync(WriteBatch batch, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Returns when a read with that guarantee may begin.</summary>
    /// <param name="guarantee">How sure it must be that this object still speaks for the shard.</param>
    /// <param name="minSequence">The read must see this sequence number; 0 for any.</param>
    /// <param name="deadline">When to give up.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="RefusalException"><c>fenced</c>, <c>gone</c>, <c>storage_unavailable</c>, <c>deadline_exceeded</c>, <c>shard_damaged</c>, <c>loading</c>.</exception>
    public Task EnsureReadableAsync(ReadGuarantee guarantee, ulong minSequence, DateTimeOffset deadline, CancellationToken cancellation) =>
        throw new NotImplementedException();

    /// <summary>Finds the nearest vectors. CPU work: run it on the search lane. Never waits for writers.</summary>
    /// <exception cref="RefusalException"><c>wrong_dimension</c>, <c>not_finite</c>, <c>invalid_argument</c>, <c>limit_exceeded</c>, <c>deadline_exceeded</c>, <c>loading</c>, <c>shard_damaged</c>.</exception>
    public SearchOutcome Search(ShardQuery query, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>The vectors of those ids (UTF-8), in their order; null where there is none.</summary>
    public VectorRow?[] Get(IReadOnlyList<ReadOnlyMemory<byte>> ids, bool includeValues, bool includeMetadata) => throw new NotImplementedException();

    /// <summary>A page in order of version.</summary>
    /// <param name="afterCursor">From an earlier page; null starts at the oldest.</param>
    /// <param name="skip">Live vectors to pass over first.</param>
    /// <param name="limit">1 to <see cref="ShardLimits.PageSizeMax"/>.</param>
    /// <param name="includeValues">With values.</param>
    /// <param name="includeMetadata">With metadata and text.</param>
    public VectorRowPage List(ulong? afterCursor, long skip, int limit, bool includeValues, bool includeMetadata) => throw new NotImplementedException();

    /// <summary>Turns everything written so far into segments; returns when they are installed. Readers and writers go on meanwhile. Takes ownership.</summary>
    public Task CheckpointAsync(CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Returns when every row written so far is linked into a graph.</summary>
    public Task WhenLinkedAsync(CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Stops background work and frees memory when the last reader has left. Never makes a checkpoint: what is acknowledged is in the log.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
