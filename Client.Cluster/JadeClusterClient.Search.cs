using System.Runtime.InteropServices;
using System.Text.Json;
using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Edge;

namespace JadeVector.Client.Cluster;

public sealed partial class JadeClusterClient
{
    /// <inheritdoc/>
    public Task<SearchResponse> SearchAsync(
        string databaseId, SearchRequest search, ReadOptions? options = null, CancellationToken cancellation = default) => ReadAsync(
        async (edge, time) =>
        {
            var started = edge.Clock.GetTimestamp();
            var read = ReadOptionsOf(options, time) with { IncludeMetadata = search.IncludeMetadata == true, IncludeValues = search.IncludeValues == true };
            var database = await edge.DatabaseAsync(databaseId, time.Token);
            var query = new SearchQuery
            {
                Query = QueryOf(search, edge.Limits, database.Settings.Dimension)
                    ?? (await edge.Embedder.EmbedForAsync(database, [search.QueryText!], "queryText", time.Token))[0],
                TopK = FieldRules.Whole(search.TopK, "topK", 1, edge.Limits.TopK, nameof(LimitOptions.TopK)),
                EfSearch = search.EfSearch is { } ef ? FieldRules.Whole(ef, "efSearch", 1, edge.Limits.EfSearch, nameof(LimitOptions.EfSearch)) : null,
                Probes = search.Probes is { } probes ? FieldRules.Whole(probes, "nprobe", 1, edge.Limits.Probes, nameof(LimitOptions.Probes)) : null,
                Rescore = search.Rescore is { } rescore ? FieldRules.Whole(rescore, "rescore", 1, edge.Limits.Rescore, nameof(LimitOptions.Rescore)) : null,
                Exact = search.Exact == true,
                Filter = search.Filters is { ValueKind: not JsonValueKind.Null } filter ? FilterOf(filter, edge.Limits) : null,
                Threshold = search.Threshold is { } threshold ? FieldRules.Finite(threshold, "threshold") : null,
                Explain = search.Explain == true,
                Read = read,
            };
            var reply = await edge.Planner.SearchAsync(databaseId, query, time.Token);
            return new SearchResponse
            {
                Results = [.. reply.Hits.Select(ResultOf)],
                QueryTimeMs = edge.Clock.GetElapsedTime(started).TotalMilliseconds,
                IndexUsed = SearchRules.IndexUsed(reply, database),
                Explain = search.Explain == true ? new SearchExplanation { Shards = [.. reply.Shards.Select(ExplanationOf)] } : null,
            };
        },
        cancellation);

    /// <returns>Null where there is a text to make it of.</returns>
    private static byte[]? QueryOf(SearchRequest search, LimitOptions limits, int dimension)
    {
        if (search.QueryVector is { } vector && vector.Length != dimension)
            throw Refuse.WrongDimension("queryVector", dimension, vector.Length);
        var query = search.QueryVector is { } values ? VectorBytes.Of(values, "queryVector") : null;
        if (search.QueryText is { } text)
            FieldRules.Text(text, "queryText", limits);
        SearchRules.CheckQuery(query is not null, search.QueryText is not null);
        return query;
    }

    private static byte[] FilterOf(JsonElement filter, LimitOptions limits) => filter.ValueKind is JsonValueKind.Object or JsonValueKind.Array
        ? SearchRules.Filter(JsonMarshal.GetRawUtf8Value(filter), limits)
        : throw SearchRules.NoFilter();

    private static SearchResult ResultOf(SearchHit hit) => new()
    {
        Id = hit.Id,
        Similarity = SearchRules.Score(hit.Similarity),
        Distance = SearchRules.Score(hit.Distance),
        Text = hit.Text,
        Metadata = hit.Metadata is { } metadata ? JsonElement.Parse(metadata) : null,
        Values = hit.Values is { } values ? VectorBytes.Read(values) : null,
    };

    private static ShardExplanation ExplanationOf(ShardExplain shard) => new()
    {
        Shard = shard.Shard,
        Strategy = shard.Strategy,
        DistancesComputed = shard.DistancesComputed,
        TailRows = shard.TailRows,
        VectorCount = shard.VectorCount,
        EfSearch = shard.EfSearch,
        Probes = shard.Probes,
    };
}
