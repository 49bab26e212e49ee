using JadeVector.Api.OpenApi;

namespace JadeVector.Api.Vectors;

/// <summary>What the OpenAPI document says of <see cref="VectorRoutes"/> and <see cref="BatchRoutes"/>.</summary>
internal static class VectorDocs
{
    private const string Tag = "Vectors";
    private const string Written = """{"status":"success","vectorId":"a-1","id":"a-1","version":42,"created":true}""";
    private const string Stored = """{"id":"a-1","values":[0.1,0.2,0.3],"metadata":{"score":0.9,"tags":["new"]},"version":42}""";

    public static readonly RouteDoc Store = new(
        Tag, "Store a vector", "Inserts it, or replaces the whole vector of that id. Answers when it is durable; the next search finds it.")
    {
        Request = typeof(VectorRequest),
        RequestExample = """{"id":"a-1","values":[0.1,0.2,0.3],"metadata":{"score":0.9,"tags":["new"]}}""",
        Response = typeof(VectorWriteResponse),
        ResponseExample = Written,
        Status = StatusCodes.Status201Created,
        Query = ["atomic"],
        IsWrite = true,
        Problems = [404, 409],
    };

    public static readonly RouteDoc Batch = new(
        Tag, "Store vectors",
        "Each vector has its own fate: 201 when all were stored, 207 when some were, a problem when none was. With `atomic=true` all or none, within one shard.")
    {
        Request = typeof(BatchRequest),
        RequestExample = """{"vectors":[{"id":"a-1","values":[0.1,0.2,0.3]},{"id":"a-2","values":{"base64":"zczMPc3MTD6amZk+"}}]}""",
        Response = typeof(BatchResponse),
        ResponseExample =
            """
            {"status":"success","count":2,"inserted":2,"updated":0,"failed":0,"errors":[],
            "results":[{"id":"a-1","status":"created","version":1},{"id":"a-2","status":"created","version":2}]}
            """,
        Status = StatusCodes.Status201Created,
        OtherStatus = StatusCodes.Status207MultiStatus,
        Query = ["atomic"],
        IsWrite = true,
        Problems = [404, 409],
    };

    public static readonly RouteDoc BatchGet = new(Tag, "Get vectors by id", "In the order asked for; ids without a vector are in `missing`.")
    {
        Request = typeof(BatchGetRequest),
        RequestExample = """{"ids":["a-1","a-2"]}""",
        Response = typeof(BatchGetResponse),
        Query = ["consistency", "minPosition", "values"],
        Problems = [404],
    };

    public static readonly RouteDoc List = new(
        Tag, "List vectors", "In order of shard, then of age. Follow `nextCursor`: it costs the same on every page, `offset` does not.")
    {
        Response = typeof(VectorListResponse),
        Query = ["limit", "offset", "cursor", "consistency", "minPosition", "values"],
        Problems = [404],
    };

    public static readonly RouteDoc Get = new(Tag, "Get a vector", "The id is percent-encoded once: `a/b` is `a%2Fb`.")
    {
        Response = typeof(VectorResponse),
        ResponseExample = Stored,
        Query = ["consistency", "minPosition", "values"],
        Problems = [404],
    };

    public static readonly RouteDoc Replace = new(Tag, "Replace a vector", "The whole of it; 404 when there is none.")
    {
        Request = typeof(VectorRequest),
        RequestExample = """{"values":[0.1,0.2,0.3],"metadata":{"score":0.8}}""",
        Response = typeof(VectorWriteResponse),
        ResponseExample = Written,
        Query = ["atomic"],
        IsWrite = true,
        Problems = [404, 409],
    };

    public static readonly RouteDoc Delete = new(Tag, "Delete a vector", "Answers when that is durable; no later search finds it.")
    {
        Response = typeof(VectorWriteResponse),
        ResponseExample = """{"status":"success","vectorId":"a-1","id":"a-1","version":43,"created":false}""",
        Query = ["ifVersion"],
        IsWrite = true,
        Problems = [404, 409],
    };
}
