using JadeVector.Engine.Determinism;
using JadeVector.Grains.Databases;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Routing;

/// <summary>Reads and writes by id: groups by shard with the cached map, calls the shard grains side by side, puts the answers back in order.</summary>
public sealed class VectorStore(ShardRouter shards, DatabaseCache cache, IdSource ids) : IVectorStore
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
    public Task<IReadOnlyList<VectorRecord?>> GetAsync(
        string databaseId, IReadOnlyList<string> ids, ReadOptions options, CancellationToken cancellation) =>
        cache.PlanAsync(databaseId, (ids, options), GetAsync, cancellation);

    /// <inheritdoc/>
    public Task<VectorPage> ListAsync(
        string databaseId, long offset, int limit, string? cursor, ReadOptions options, CancellationToken cancellation) =>
        cache.PlanAsync(databaseId, new PageRequest(offset, limit, PageCursor.Parse(cursor), options), ListAsync, cancellation);

    private async Task<IReadOnlyList<VectorRecord?>> GetAsync(
        DatabaseDescription description, (IReadOnlyList<string> Ids, ReadOptions Options) request, CancellationToken cancellation)
    {
        var (ids, options) = request;
        var position = PositionToken.Parse(options.MinPosition, description.Id);
        if (ids.Count == 1)
        {
            return await GetFromShard(description, ShardMaps.ShardOf(description.ShardMap, ids[0]), ids, options, position, cancellation);
        }

        var records = new VectorRecord?[ids.Count];
        var groups = Enumerable.Range(0, ids.Count).GroupBy(index => ShardMaps.ShardOf(description.ShardMap, ids[index]));
        await Task.WhenAll(groups.Select(async group =>
        {
            var indexes = group.ToArray();
            string[] wanted = [.. indexes.Select(index => ids[index])];
            var found = await GetFromShard(description, group.Key, wanted, options, position, cancellation);
            for (var i = 0; i < indexes.Length; i++)
            {
                records[indexes[i]] = found[i];
            }
        }));
        return records;
    }

    private Task<IReadOnlyList<VectorRecord?>> GetFromShard(
        DatabaseDescription description, int shard, IReadOnlyList<string> wanted, ReadOptions options, PositionToken? position, CancellationToken cancellation)
    {
        var read = ShardReads.For(description, options, position, shard);
        return shards.ReadAsync(description, shard, options, (wanted, read), static (copy, asked) => copy.Get(asked.wanted, asked.read), cancellation);
    }

    private async Task<VectorPage> ListAsync(DatabaseDescription description, PageRequest request, CancellationToken cancellation)
    {
        var (offset, limit, start, options) = request;
        var position = PositionToken.Parse(options.MinPosition, description.Id);
        var numbers = description.ShardMap.Ranges.Select(range => range.Shard).Order().ToArray();
        Task<ShardPage> Page(int shard, ulong? after, long skip, int take)
        {
            var read = ShardReads.For(description, options, position, shard);
            return shards.ReadAsync(
                description, shard, options, (after, skip, take, read), static (copy, asked) => copy.List(asked.after, asked.skip, asked.take, asked.read), cancellation);
        }

        var counts = await Task.WhenAll(numbers.Select(async shard => (await Page(shard, null, 0, 1)).Count));
        var vectors = new List<VectorRecord>();
        PageCursor? next = null;
        for (var i = 0; i < numbers.Length && next is null; i++)
        {
            if (numbers[i] < start.Shard)
            {
                continue;
            }

            if (vectors.Count == limit)
            {
                next = new PageCursor(numbers[i], null);
            }
            else if (offset >= counts[i] && start.After is null)
            {
                offset -= counts[i];
            }
            else
            {
                var after = numbers[i] == start.Shard ? start.After : null;
                var page = await Page(numbers[i], after, offset, limit - vectors.Count);
                vectors.AddRange(page.Vectors);
                offset = 0;
                next = page.NextCursor is { } last ? new PageCursor(numbers[i], last) : null;
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
            var reply = await shards.WriteAsync(description.Id, batch.Shard, write, cancellation);
            for (var i = 0; i < batch.Indexes.Count; i++)
            {
                results[batch.Indexes[i]] = reply.Items[i];
            }

            return reply.Sequence;
        }
        catch (JadeException refusal)
        {
            if (refusal.Code is "gone" or "stale_map")
            {
                cache.Forget(description.Id);
            }

            if (!IsOfItems(refusal))
            {
                throw;
            }

            var failed = new WriteItemResult { Status = WriteStatus.Failed, ErrorCode = refusal.Code, ErrorDetail = refusal.Message };
            foreach (var index in batch.Indexes)
            {
                results[index] = failed;
            }

            return 0;
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

    private sealed record PageRequest(long Offset, int Limit, PageCursor Start, ReadOptions Options);
}
