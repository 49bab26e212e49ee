using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Routing;

/// <summary>Fans a search out to the shards of a database and merges their top-K. Holds nothing: any process hosts its own.</summary>
public sealed class QueryPlanner(IGrainFactory grains, DatabaseCache cache, TimeProvider clock) : IQueryPlanner
{
    /// <inheritdoc/>
    public async Task<SearchReply> SearchAsync(string databaseId, SearchQuery query, CancellationToken cancellation)
    {
        var description = await cache.GetAsync(databaseId, cancellation);
        var position = PositionToken.Parse(query.Read.MinPosition, databaseId);
        var planned = query.EfSearch is null ? query with { EfSearch = description.Settings.EfSearch } : query;
        var ranges = description.ShardMap.Ranges;
        var answers = new Task<ShardSearchReply>[ranges.Count];
        for (var i = 0; i < answers.Length; i++)
        {
            var search = new ShardSearch { Query = planned, Read = ShardReads.For(description, query.Read, position, ranges[i].Shard) };
            answers[i] = SearchShard(databaseId, ranges[i].Shard, search, query.Read.Deadline, cancellation);
        }

        return Merge(await Collect(answers, query.AllowPartial), query.TopK);
    }

    private async Task<ShardSearchReply> SearchShard(string databaseId, int shard, ShardSearch search, DateTimeOffset deadline, CancellationToken cancellation)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await ShardCalls.Grain(grains, databaseId, shard).Search(search).WaitAsync(cancellation);
            }
            catch (Exception problem)
            {
                cancellation.ThrowIfCancellationRequested();
                var refusal = ShardCalls.Translate(problem, shard);
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

    /// <summary>Waits for every shard; without partial answers the first refusal is the answer, once no shard is still at work.</summary>
    private static async Task<(List<ShardSearchReply> Replies, List<int> Missing)> Collect(Task<ShardSearchReply>[] answers, bool allowPartial)
    {
        var replies = new List<ShardSearchReply>(answers.Length);
        var missing = new List<int>();
        JadeException? first = null;
        foreach (var answer in answers)
        {
            try
            {
                replies.Add(await answer);
            }
            catch (JadeException refusal)
            {
                first ??= refusal;
                missing.Add(refusal.Shard ?? -1);
            }
        }

        var acceptable = allowPartial && replies.Count > 0 && first is null or { Code: not "invalid_argument" };
        return first is null || acceptable ? (replies, missing) : throw first;
    }

    private static SearchReply Merge((List<ShardSearchReply> Replies, List<int> Missing) collected, int topK)
    {
        var replies = collected.Replies;
        var hits = replies.Count == 1 ? Cut(replies[0].Hits, topK) : TopKMerge.Merge([.. replies.Select(reply => reply.Hits)], topK);
        return new SearchReply(hits, [.. replies.Select(reply => reply.Explain)], collected.Missing);
    }

    private static IReadOnlyList<SearchHit> Cut(IReadOnlyList<SearchHit> hits, int topK) => hits.Count <= topK ? hits : [.. hits.Take(topK)];
}
