using JadeVector.Api.OpenApi;
using JadeVector.Hosting.Edge;

namespace JadeVector.Api.Databases;

/// <summary>What the OpenAPI document says of <see cref="DatabaseRoutes"/>.</summary>
internal static class DatabaseDocs
{
    private const string Example =
        """
        {"databaseId":"db_01jz3v5m9kq2w8x4c7n1b6t0ra","name":"articles","description":"News of the day","vectorDimension":256,"metric":"cosine",
        "indexType":"HNSW","indexParameters":{"M":16,"efConstruction":200,"efSearch":64,"quantization":"int8"},"sharding":{"strategy":"hash","numShards":4},
        "replication":{"factor":1,"sync":false},"embeddingModels":[],"state":"active",
        "created_at":"2026-05-04T09:30:00+00:00","updated_at":"2026-05-04T09:30:00+00:00"}
        """;

    public static RouteDoc Create(string tag) => new(tag, "Create a database", "Answers when its shards exist. The name must be free (409 `conflict`).")
    {
        Request = typeof(CreateDatabaseRequest),
        RequestExample =
            """
            {"name":"articles","description":"News of the day","vectorDimension":256,"metric":"cosine","indexType":"HNSW","sharding":{"numShards":4}}
            """,
        Response = typeof(DatabaseResponse),
        ResponseExample = Example,
        Status = StatusCodes.Status201Created,
        Problems = [409],
    };

    public static RouteDoc List(string tag) => new(
        tag, "List databases, or find one by its name", "In order of id. With `name`, the database of that name or an empty list.")
    {
        Query = ["limit", "offset", "cursor", "name", "includeStats"],
        Response = typeof(DatabaseListResponse),
    };

    public static RouteDoc Get(string tag) => new(tag, "Describe a database", "Its settings as they are now.")
    {
        Query = ["includeStats"],
        Response = typeof(DatabaseResponse),
        ResponseExample = Example,
        Problems = [404],
    };

    public static RouteDoc Update(string tag) => new(
        tag, "Change a database", "Name, description and `indexParameters.efSearch`, `.nprobe` and `.rescore` can change; what is fixed at creation may only repeat itself.")
    {
        Request = typeof(UpdateDatabaseRequest),
        RequestExample = """{"description":"News of the week","indexParameters":{"efSearch":128}}""",
        Response = typeof(DatabaseResponse),
        ResponseExample = Example,
        Problems = [404, 409],
    };

    public static RouteDoc Delete(string tag) => new(tag, "Delete a database", "With all its vectors, for good. Its id is never used again.")
    {
        Response = typeof(DeletedResponse),
        ResponseExample = """{"status":"success","message":"Database deleted successfully","databaseId":"db_01jz3v5m9kq2w8x4c7n1b6t0ra"}""",
        Problems = [404],
    };

    public static RouteDoc Status(string tag) => new(tag, "State and counts of a database", "Asks every shard; one that does not answer says why not. `memory` tells what the bytes of each shard are for, also per vector; `checkpoint` and `compaction` how many rows of how many are indexed while one is under way.")
    {
        Response = typeof(DatabaseStatusResponse),
        Problems = [404],
    };

    public static RouteDoc Shards(string tag) => new(tag, "The shards of a database", "State, counts, memory by component, node and range of hashes of each.")
    {
        Response = typeof(ShardListResponse),
        Problems = [404],
    };
}

/// <summary>The answer to the deletion of a database.</summary>
/// <param name="Status"><c>success</c>.</param>
public sealed record DeletedResponse(string Status, string Message, string DatabaseId);
