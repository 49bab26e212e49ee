using JadeVector.Api.Databases;
using JadeVector.Api.Requests;
using JadeVector.Api.Responses;
using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Edge;

namespace JadeVector.Api.Snapshots;

/// <summary>Snapshots, databases made from them, branches, compaction.</summary>
internal sealed class SnapshotRoutes(EdgeServices edge)
{
    private const string Tag = "Snapshots";

    public static void Map(RouteTable routes, EdgeServices edge)
    {
        var group = new SnapshotRoutes(edge);
        routes.Versioned("POST", "/databases/{databaseId}/snapshots", group.Create, SnapshotDocs.Create(Tag));
        routes.Versioned("GET", "/databases/{databaseId}/snapshots", group.List, SnapshotDocs.List(Tag));
        routes.Versioned("DELETE", "/databases/{databaseId}/snapshots/{snapshotId}", group.Delete, SnapshotDocs.Delete(Tag));
        routes.Versioned("POST", "/databases/{databaseId}/snapshots/{snapshotId}/restore", group.Restore, SnapshotDocs.Restore(Tag));
        routes.Versioned("GET", "/databases/{databaseId}/snapshots/{snapshotId}/export", group.Export, SnapshotDocs.Export(Tag));
        routes.Versioned("POST", "/databases/import-snapshot", group.Import, SnapshotDocs.Import(Tag));
        routes.Versioned("POST", "/databases/{databaseId}/branches", group.Branch, SnapshotDocs.Branch(Tag));
        routes.Versioned("POST", "/databases/{databaseId}/compact", group.Compact, SnapshotDocs.Compact(Tag));
    }

    private async Task Create(HttpContext context, string databaseId)
    {
        _ = new RequestQuery(context);
        FieldRules.DatabaseId(databaseId);
        using var time = RequestTime.OfWrite(context, edge.Limits, edge.Clock);
        var request = await JsonBody.ReadAsync(context, RequestJson.Default.SnapshotRequest, edge.Limits.BodyBytes, time.Token);
        var snapshot = await edge.Snapshots.CreateAsync(databaseId, FieldRules.Label(request.Label), time.Token);
        await JsonAnswer.WriteAsync(context, Describe(databaseId, snapshot), AnswerJson.Default.SnapshotResponse, StatusCodes.Status201Created);
    }

    private async Task List(HttpContext context, string databaseId)
    {
        _ = new RequestQuery(context);
        FieldRules.DatabaseId(databaseId);
        using var time = RequestTime.OfRead(context, edge.Limits, edge.Clock);
        var snapshots = await edge.Snapshots.ListAsync(databaseId, time.Token);
        await JsonAnswer.WriteAsync(
            context, new SnapshotListResponse([.. snapshots.Select(snapshot => Describe(databaseId, snapshot))]), AnswerJson.Default.SnapshotListResponse);
    }

    private async Task Delete(HttpContext context, string databaseId, string snapshotId)
    {
        _ = new RequestQuery(context);
        FieldRules.DatabaseId(databaseId);
        using var time = RequestTime.OfWrite(context, edge.Limits, edge.Clock);
        await edge.Snapshots.DeleteAsync(databaseId, snapshotId, time.Token);
        await JsonAnswer.WriteAsync(context, new SnapshotDeletedResponse("success", snapshotId), AnswerJson.Default.SnapshotDeletedResponse);
    }

    private async Task Restore(HttpContext context, string databaseId, string snapshotId)
    {
        _ = new RequestQuery(context);
        using var time = RequestTime.OfWrite(context, edge.Limits, edge.Clock);
        await edge.DatabaseAsync(databaseId, time.Token);
        var request = await JsonBody.ReadAsync(context, RequestJson.Default.RestoreRequest, edge.Limits.BodyBytes, time.Token);
        await AnswerAsync(context, await edge.Snapshots.RestoreAsync(databaseId, snapshotId, NewName(request.Name), request.At, time.Token));
    }

    private async Task Export(HttpContext context, string databaseId, string snapshotId)
    {
        _ = new RequestQuery(context);
        FieldRules.DatabaseId(databaseId);
        context.Response.ContentType = "application/octet-stream";
        try
        {
            // As long as the client reads; a file that is cut short has no end record.
            await edge.Snapshots.ExportAsync(databaseId, snapshotId, context.Response.Body, context.RequestAborted);
        }
        catch (Exception) when (context.Response.HasStarted)
        {
            context.Abort();
            throw;
        }
    }

    private async Task Import(HttpContext context)
    {
        var name = new RequestQuery(context, "name").Text("name") ?? throw Refuse.Invalid("name", "is missing.");
        var checkedName = DatabaseSettingsReader.Name(name);
        await AnswerAsync(context, await edge.Snapshots.ImportAsync(context.Request.Body, checkedName, context.RequestAborted));
    }

    private async Task Branch(HttpContext context, string databaseId)
    {
        _ = new RequestQuery(context);
        using var time = RequestTime.OfWrite(context, edge.Limits, edge.Clock);
        await edge.DatabaseAsync(databaseId, time.Token);
        var request = await JsonBody.ReadAsync(context, RequestJson.Default.BranchRequest, edge.Limits.BodyBytes, time.Token);
        await AnswerAsync(context, await edge.Snapshots.BranchAsync(databaseId, NewName(request.Name), time.Token));
    }

    private async Task Compact(HttpContext context, string databaseId)
    {
        _ = new RequestQuery(context);
        FieldRules.DatabaseId(databaseId);
        using var time = RequestTime.OfWrite(context, edge.Limits, edge.Clock);
        await JsonBody.ReadAsync(context, RequestJson.Default.CompactRequest, edge.Limits.BodyBytes, time.Token);
        var done = await edge.Snapshots.CompactAsync(databaseId, time.Token);
        await JsonAnswer.WriteAsync(
            context, new CompactResponse(databaseId, done), AnswerJson.Default.CompactResponse, done ? StatusCodes.Status200OK : StatusCodes.Status202Accepted);
    }

    private static string NewName(string? name) => DatabaseSettingsReader.Name(name ?? throw Refuse.Invalid("name", "is missing."));

    private static async Task AnswerAsync(HttpContext context, DatabaseDescription made)
    {
        context.Response.Headers.Location = $"/v1/databases/{made.Id}";
        var isActive = made.State == DatabaseState.Active;
        await JsonAnswer.WriteAsync(
            context, DatabaseJson.Describe(made, isActive ? "Database created successfully" : "The database is being made"), AnswerJson.Default.DatabaseResponse,
            isActive ? StatusCodes.Status201Created : StatusCodes.Status202Accepted);
    }

    private static SnapshotResponse Describe(string databaseId, SnapshotDescription snapshot) =>
        new(snapshot.Id, databaseId, snapshot.Label, snapshot.CreatedAt, snapshot.Sequences, snapshot.IsScheduled);
}
