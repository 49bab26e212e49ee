using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Routing;

/// <summary>Fans a search out to the shards of a database and merges their top-K. Holds nothing: any process hosts its own.</summary>
public sealed class QueryPlanner(ShardRouter shards, DatabaseCache cache) : IQueryPlanner
{
    /// <inheritdoc/>
    public Task<SearchReply> SearchAsync(string databaseId, SearchQuery query, CancellationToken cancellation) =>
        cache.PlanAsync(databaseId, query, SearchAsync, cancellation);

    private async Task<SearchReply> SearchAsync(DatabaseDescription description, SearchQuery query, CancellationToken cancellation)
    {
        var position = PositionToken.Parse(query.Read.MinPosition, description.Id);
        var planned = query with
        {
            EfSearch = query.EfSearch ?? description.Settings.EfSearch,
            Probes = query.Probes ?? description.Settings.Probes,
            Rescore = query.Rescore ?? (description.Settings.Index is IndexKind.Ivf ? description.Settings.Rescore : null),
        };
        var ranges = description.ShardMap.Ranges;
        var answers = new Task<ShardSearchReply>[ranges.Count];
        for (var i = 0; i < answers.Length; i++)
        {
            var search = new ShardSearch { Query = planned, Read = ShardReads.For(description, query.Read, position, ranges[i].Shard) };
            answers[i] = shards.ReadAsync(description, ranges[i].Shard, query.Read, search, static (copy, asked) => copy.Search(asked), cancellation);
        }

        return Merge(await Collect(answers, query.AllowPartial), query.TopK);
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

        var acceptable = allowPartial && replies.Count > 0 && first is null or { Code: not ("invalid_argument" or "stale_map") };
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
