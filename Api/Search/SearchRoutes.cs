using JadeVector.Api.OpenApi;
using JadeVector.Api.Requests;
using JadeVector.Api.Responses;
using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Edge;

namespace JadeVector.Api.Search;

/// <summary><c>…/search</c> and <c>…/search/advanced</c>: one implementation, since every search takes filters here.</summary>
internal sealed class SearchRoutes(EdgeServices edge)
{
    private static readonly string[] Parameters = [.. RequestQuery.OfReads, "partial", "values"];

    private static readonly RouteDoc Doc = new(
        "Search", "Find the nearest vectors",
        "By similarity, highest first, then by id. No threshold unless one is given. A shard that cannot answer makes it 503, unless `partial=allow`.")
    {
        Request = typeof(SearchRequest),
        RequestExample = """{"queryVector":[0.1,0.2,0.3],"topK":3,"filters":{"metadata.score":{"$gte":0.8}},"includeMetadata":true}""",
        Response = typeof(SearchResponse),
        ResponseExample =
            """
            {"results":[{"id":"a-1","similarity":0.98,"distance":0.02,"metadata":{"score":0.9}}],"count":1,"queryTimeMs":0.41,"indexUsed":"HNSW"}
            """,
        Query = Parameters,
        Problems = [404, 429],
    };

    public static void Map(RouteTable routes, EdgeServices edge)
    {
        var group = new SearchRoutes(edge);
        routes.Versioned("POST", SearchPath.Plain, group.Search, Doc);
        var advanced = Doc with { Summary = "Find the nearest vectors that match a filter" };
        routes.Versioned("POST", SearchPath.Advanced, group.Search, advanced);
    }

    private async Task Search(HttpContext context, string databaseId)
    {
        var started = edge.Clock.GetTimestamp();
        using var time = RequestTime.OfRead(context, edge.Limits, edge.Clock);
        var parameters = new RequestQuery(context, Parameters);
        var (form, partial) = (parameters.Values(), parameters.AllowsPartial());
        var read = parameters.Read(time.Deadline, values: false, metadata: false);
        var database = await edge.DatabaseAsync(databaseId, time.Token);
        var search = await ReadAsync(context, database, time);
        var query = search.QueryVector ?? (await edge.Embedder.EmbedForAsync(database, [search.QueryText!], "queryText", time.Token))[0];

        var reply = await edge.Planner.SearchAsync(databaseId, ToQuery(search, query, partial, read), time.Token);
        var elapsed = edge.Clock.GetElapsedTime(started);
        edge.Meters.Searched(elapsed);

        using var answer = JsonAnswer.Begin(context);
        SearchJson.Write(answer.Writer, reply, database, search.Explain, form, elapsed);
        await answer.FinishAsync(context);
    }

    private async Task<SearchBody> ReadAsync(HttpContext context, DatabaseDescription database, RequestTime time)
    {
        using var body = await RequestBody.ReadJsonAsync(context, edge.Limits.BodyBytes, time.Token);
        var search = SearchRequestReader.Read(body.Bytes, database.Settings.Dimension, edge.Limits);
        var index = DatabaseNames.Of(database.Settings.Index);
        if (search.Index is { Length: > 0 } wanted and not "default" && !wanted.Equals(index, StringComparison.OrdinalIgnoreCase))
            throw Refuse.NotSupported("index", $"'{wanted}' is not there; this database has one index, '{index}'.");
        return search;
    }

    private static SearchQuery ToQuery(SearchBody search, byte[] query, bool partial, ReadOptions read) => new()
    {
        Query = query,
        TopK = search.TopK,
        EfSearch = search.EfSearch,
        Probes = search.Probes,
        Rescore = search.Rescore,
        Filter = search.Filter,
        Threshold = search.Threshold,
        Exact = search.Exact,
        Explain = search.Explain,
        AllowPartial = partial,
        Read = read with { IncludeValues = search.IncludeValues, IncludeMetadata = search.IncludeMetadata },
    };
}
