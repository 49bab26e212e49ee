using JadeVector.Api.Databases;
using JadeVector.Api.OpenApi;

namespace JadeVector.Api.Snapshots;

/// <summary>What the OpenAPI document says of <see cref="SnapshotRoutes"/>.</summary>
internal static class SnapshotDocs
{
    private const string Example =
        """{"snapshotId":"sn_01jz3v5m9kq2w8x4c7n1b6t0ra","databaseId":"db_01jz3v5m9kq2w8x4c7n1b6t0ra","label":"before the import","createdAt":"2026-05-04T09:30:00+00:00","sequences":[1024]}""";

    public static RouteDoc Create(string tag) => new(
        tag, "Take a snapshot", "Keeps the state of now, with every write that was acknowledged before. Takes the same time for any size; keeps what it names from being deleted.")
    {
        Request = typeof(SnapshotRequest),
        RequestExample = """{"label":"before the import"}""",
        Response = typeof(SnapshotResponse),
        ResponseExample = Example,
        Status = StatusCodes.Status201Created,
        Problems = [404],
    };

    public static RouteDoc List(string tag) => new(tag, "List snapshots", "Oldest first.")
    {
        Response = typeof(SnapshotListResponse),
        Problems = [404],
    };

    public static RouteDoc Delete(string tag) => new(tag, "Delete a snapshot", "What only it kept is deleted from the storage. Databases that were made from it are their own.")
    {
        Response = typeof(SnapshotDeletedResponse),
        Problems = [404],
    };

    public static RouteDoc Restore(string tag) => new(
        tag, "Make a database from a snapshot",
        "A new database with the vectors, versions and settings of that time; with `at`, of that moment. 202 while there is still much to copy: it answers 503 `loading` until it is there.")
    {
        Request = typeof(RestoreRequest),
        RequestExample = """{"name":"articles-restored"}""",
        Response = typeof(DatabaseResponse),
        Status = StatusCodes.Status201Created,
        Problems = [404, 409],
    };

    public static RouteDoc Export(string tag) => new(tag, "Export a snapshot", "As one file (docs/formats/snapshot.md). A file without its end is refused by the import.")
    {
        Response = typeof(byte[]),
        ResponseContentType = "application/octet-stream",
        Problems = [404],
    };

    public static RouteDoc Import(string tag) => new(tag, "Import a snapshot", "The body is a file that an export wrote, here or elsewhere; it becomes a new database.")
    {
        Query = ["name"],
        Request = typeof(byte[]),
        RequestContentType = "application/octet-stream",
        Response = typeof(DatabaseResponse),
        Status = StatusCodes.Status201Created,
        Problems = [409],
    };

    public static RouteDoc Branch(string tag) => new(
        tag, "Branch a database",
        "A new database that begins with the state of now. It shares what is stored and copies nothing until that is rewritten; the original cannot be deleted before its branches.")
    {
        Request = typeof(BranchRequest),
        RequestExample = """{"name":"articles-experiment"}""",
        Response = typeof(DatabaseResponse),
        Status = StatusCodes.Status201Created,
        Problems = [404, 409],
    };

    public static RouteDoc Compact(string tag) => new(
        tag, "Compact a database", "Rewrites what is stored without deleted vectors, in as few segments as can be. 202 when it is still going on at the end of the request's time; it goes on by itself.")
    {
        Request = typeof(CompactRequest),
        RequestExample = "{}",
        Response = typeof(CompactResponse),
        Problems = [404],
    };
}
