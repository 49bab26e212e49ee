using JadeVector.Engine.Determinism;
using JadeVector.Grains.Databases;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Routing;

/// <summary>Reads and writes by id: groups by shard with the cached map, calls the shard grains side by side, puts the answers back in order.</summary>
public sealed class VectorStore(IGrainFactory grains, DatabaseCache cache, TimeProvider clock, IdSource ids) : IVectorStore
{
    /// <inheritdoc/>
    public async Task<DatabaseWriteReply> WriteAsync(
        string databaseId, IReadOnlyList<VectorWrite> items, WriteOptions options, CancellationToken cancellation)
    {
        var description = await cache.GetAsync(databaseId, cancellation);
        var batches = WriteBatches.Split(items, description.ShardMap, options.Atomic);
        var requestId = options.RequestId ?? ids.NewGuid().ToString("N");
        var results = new WriteItemResult[items.Count];
        var sequences = await Task.WhenAll(batches.GroupBy(batch => batch.Shard).Select(async shard =>
        {
            ulong reached = 0;
            foreach (var batch in shard)
            {
                reached = Math.Max(reached, await WriteBatch(description, batch, requestId, options, results, cancellation));
            }

            return (Shard: shard.Key, Sequence: reached);
        }));
        ThrowIfAllFailedAlike(results);
        var touched = sequences.Where(pair => pair.Sequence > 0).ToDictionary(pair => pair.Shard, pair => pair.Sequence);
        return new DatabaseWriteReply(results, new PositionToken(databaseId, description.ShardMap.Version, touched).ToString());
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<VectorRecord?>> GetAsync(
        string databaseId, IReadOnlyList<string> ids, ReadOptions options, CancellationToken cancellation)
    {
        var description = await cache.GetAsync(databaseId, cancellation);
        var position = PositionToken.Parse(options.MinPosition, databaseId);
        var records = new VectorRecord?[ids.Count];
        var groups = Enumerable.Range(0, ids.Count).GroupBy(index => ShardMaps.ShardOf(description.ShardMap, ids[index]));
        await Task.WhenAll(groups.Select(async group =>
        {
            var indexes = group.ToArray();
            string[] wanted = [.. indexes.Select(index => ids[index])];
            var read = ShardReads.For(description, options, position, group.Key);
            var found = await Call(databaseId, group.Key, options.Deadline, grain => grain.Get(wanted, read), cancellation);
            for (var i = 0; i < indexes.Length; i++)
            {
                records[indexes[i]] = found[i];
            }
        }));
        return records;
    }

    /// <inheritdoc/>
    public async Task<VectorPage> ListAsync(
        string databaseId, long offset, int limit, string? cursor, ReadOptions options, CancellationToken cancellation)
    {
        var description = await cache.GetAsync(databaseId, cancellation);
        var position = PositionToken.Parse(options.MinPosition, databaseId);
        var start = PageCursor.Parse(cursor);
        var shards = description.ShardMap.Ranges.Select(range => range.Shard).Order().ToArray();
        Task<ShardPage> Page(int shard, ulong? after, long skip, int take) => Call(
            databaseId, shard, options.Deadline,
            grain => grain.List(after, skip, take, ShardReads.For(description, options, position, shard)), cancellation);

        var counts = await Task.WhenAll(shards.Select(async shard => (await Page(shard, null, 0, 1)).Count));
        var vectors = new List<VectorRecord>();
        PageCursor? next = null;
        for (var i = 0; i < shards.Length && next is null; i++)
        {
            if (shards[i] < start.Shard)
            {
                continue;
            }

            if (vectors.Count == limit)
            {
                next = new PageCursor(shards[i], null);
            }
            else if (offset >= counts[i] && start.After is null)
            {
                offset -= counts[i];
            }
            else
            {
                var after = shards[i] == start.Shard ? start.After : null;
                var page = await Page(shards[i], after, offset, limit - vectors.Count);
                vectors.AddRange(page.Vectors);
                offset = 0;
                next = page.NextCursor is { } last ? new PageCursor(shards[i], last) : null;
            }
        }

        return new VectorPage(vectors, counts.Sum(), next?.ToString());
    }

    private async Task<ulong> WriteBatch(
        DatabaseDescription description, ShardBatch batch, string requestId, WriteOptions options, WriteItemResult[] results, CancellationToken cancellation)
    {
        var write = new ShardWrite
        {
            MapVersion = description.ShardMap.Version,
            RequestId = batch.RequestIdFrom(requestId),
            Items = batch.Items,
            Atomic = options.Atomic,
            Deadline = options.Deadline,
        };
        try
        {
            var reply = await Call(description.Id, batch.Shard, options.Deadline, grain => grain.Write(write), cancellation, isWrite: true);
            for (var i = 0; i < batch.Indexes.Count; i++)
            {
                results[batch.Indexes[i]] = reply.Items[i];
            }

            return reply.Sequence;
        }
        catch (JadeException refusal) when (IsOfItems(refusal))
        {
            var failed = new WriteItemResult { Status = WriteStatus.Failed, ErrorCode = refusal.Code, ErrorDetail = refusal.Message };
            foreach (var index in batch.Indexes)
            {
                results[index] = failed;
            }

            return 0;
        }
    }

    /// <summary>Calls a shard, once more if it had moved; writes carry a request id, so that a second try cannot write twice.</summary>
    private async Task<T> Call<T>(
        string databaseId, int shard, DateTimeOffset deadline, Func<IShardGrain, Task<T>> call, CancellationToken cancellation, bool isWrite = false)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await call(ShardCalls.Grain(grains, databaseId, shard)).WaitAsync(cancellation);
            }
            catch (Exception problem)
            {
                cancellation.ThrowIfCancellationRequested();
                var refusal = isWrite ? ShardCalls.TranslateWrite(problem, shard) : ShardCalls.Translate(problem, shard);
                if (refusal.Code is "gone" or "stale_map")
                {
                    cache.Forget(databaseId);
                }

                if (attempt > 0 || !ShardCalls.IsWorthARetry(refusal) || clock.GetUtcNow() >= deadline)
                {
                    throw refusal;
                }
            }
        }
    }

    /// <summary>What befell one shard's items is told per item; what is wrong with the request as a whole is thrown.</summary>
    private static bool IsOfItems(JadeException refusal) =>
        refusal.Code is not ("request_id_reused" or "gone" or "not_found" or "invalid_argument" or "wrong_dimension" or "not_finite" or "limit_exceeded");

    private static void ThrowIfAllFailedAlike(WriteItemResult[] results)
    {
        if (results is [{ Status: WriteStatus.Failed } first, ..]
            && Array.TrueForAll(results, result => result.Status == WriteStatus.Failed && result.ErrorCode == first.ErrorCode))
        {
            throw new JadeException(first.ErrorCode!, first.ErrorDetail!);
        }
    }
}
