using JadeVector.Api.Requests;
using JadeVector.Api.Responses;
using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Edge;

namespace JadeVector.Api.Databases;

/// <summary><c>/v1/databases</c>: create, list, find, describe, change, delete.</summary>
internal sealed class DatabaseRoutes(EdgeServices edge)
{
    private const string Tag = "Databases";
    private const int PageMax = 1000;

    private readonly DatabaseSettingsReader _settings = new(edge.Limits, edge.Embedder);

    public static void Map(RouteTable routes, EdgeServices edge)
    {
        var group = new DatabaseRoutes(edge);
        routes.Versioned("POST", "/databases", group.Create, DatabaseDocs.Create(Tag));
        routes.Versioned("GET", "/databases", group.List, DatabaseDocs.List(Tag));
        routes.Versioned("GET", "/databases/{databaseId}", group.Get, DatabaseDocs.Get(Tag));
        routes.Versioned("PUT", "/databases/{databaseId}", group.Update, DatabaseDocs.Update(Tag));
        routes.Versioned("DELETE", "/databases/{databaseId}", group.Delete, DatabaseDocs.Delete(Tag));
        routes.Versioned("GET", "/databases/{databaseId}/status", group.Status, DatabaseDocs.Status(Tag));
        routes.Versioned("GET", "/databases/{databaseId}/shards", group.Shards, DatabaseDocs.Shards(Tag));
    }

    private async Task Create(HttpContext context)
    {
        _ = new RequestQuery(context);
        using var time = RequestTime.OfWrite(context, edge.Limits, edge.Clock);
        var request = await JsonBody.ReadAsync(context, RequestJson.Default.CreateDatabaseRequest, edge.Limits.BodyBytes, time.Token);
        var database = await edge.Databases.CreateAsync(_settings.Settings(request), time.Token);
        context.Response.Headers.Location = $"/v1/databases/{database.Id}";
        await JsonAnswer.WriteAsync(
            context, DatabaseJson.Describe(database, "Database created successfully"), AnswerJson.Default.DatabaseResponse, StatusCodes.Status201Created);
    }

    private async Task List(HttpContext context)
    {
        var query = new RequestQuery(context, "limit", "offset", "cursor", "name", "includeStats");
        var limit = (int)query.Number("limit", PageMax, 1, PageMax);
        var offset = query.Number("offset", 0, 0, int.MaxValue);
        var (cursor, name, withStats) = (query.Text("cursor"), query.Text("name"), query.Flag("includeStats"));
        using var time = RequestTime.OfRead(context, edge.Limits, edge.Clock);

        var page = name is null
            ? await edge.Databases.ListAsync(cursor, (int)offset, limit, time.Token)
            : await edge.Databases.FindAsync(name, time.Token) is { } found ? new DatabasePage([found], 1, null, []) : new DatabasePage([], 0, null, []);
        var described = new DatabaseResponse[page.Databases.Count];
        for (var i = 0; i < described.Length; i++)
        {
            var status = withStats ? await edge.Databases.GetStatusAsync(page.Databases[i].Id, time.Token) : null;
            described[i] = DatabaseJson.Describe(page.Databases[i], status: status);
        }

        var answer = new DatabaseListResponse(described, page.Total, limit, offset, page.NextAfterId)
        {
            Unavailable = page.Unavailable.Count == 0 ? null : [.. page.Unavailable.Select(problem => new UnavailableDatabaseResponse(problem.Id, problem.Code, problem.Detail))],
        };
        await JsonAnswer.WriteAsync(context, answer, AnswerJson.Default.DatabaseListResponse);
    }

    private async Task Get(HttpContext context, string databaseId)
    {
        var withStats = new RequestQuery(context, "includeStats").Flag("includeStats");
        using var time = RequestTime.OfRead(context, edge.Limits, edge.Clock);
        var database = await edge.DatabaseAsync(databaseId, time.Token);
        var status = withStats ? await edge.Databases.GetStatusAsync(databaseId, time.Token) : null;
        await JsonAnswer.WriteAsync(context, DatabaseJson.Describe(database, status: status), AnswerJson.Default.DatabaseResponse);
    }

    private async Task Update(HttpContext context, string databaseId)
    {
        _ = new RequestQuery(context);
        using var time = RequestTime.OfWrite(context, edge.Limits, edge.Clock);
        var current = await edge.DatabaseAsync(databaseId, time.Token);
        var request = await JsonBody.ReadAsync(context, RequestJson.Default.UpdateDatabaseRequest, edge.Limits.BodyBytes, time.Token);
        var changed = await edge.Databases.UpdateAsync(databaseId, _settings.Changes(request, current.Settings), time.Token);
        await JsonAnswer.WriteAsync(context, DatabaseJson.Describe(changed, "Database updated successfully"), AnswerJson.Default.DatabaseResponse);
    }

    private async Task Delete(HttpContext context, string databaseId)
    {
        _ = new RequestQuery(context);
        FieldRules.DatabaseId(databaseId);
        using var time = RequestTime.OfWrite(context, edge.Limits, edge.Clock);
        await edge.Databases.DeleteAsync(databaseId, time.Token);
        using var answer = JsonAnswer.Begin(context);
        answer.Writer.WriteStartObject();
        answer.Writer.WriteString("status"u8, "success"u8);
        answer.Writer.WriteString("message"u8, "Database deleted successfully"u8);
        answer.Writer.WriteString("databaseId"u8, databaseId);
        answer.Writer.WriteEndObject();
        await answer.FinishAsync(context);
    }

    private async Task Status(HttpContext context, string databaseId)
    {
        _ = new RequestQuery(context);
        FieldRules.DatabaseId(databaseId);
        using var time = RequestTime.OfRead(context, edge.Limits, edge.Clock);
        var status = await edge.Databases.GetStatusAsync(databaseId, time.Token);
        await JsonAnswer.WriteAsync(context, DatabaseJson.Status(status, edge.Clock.GetUtcNow()), AnswerJson.Default.DatabaseStatusResponse);
    }

    private async Task Shards(HttpContext context, string databaseId)
    {
        _ = new RequestQuery(context);
        FieldRules.DatabaseId(databaseId);
        using var time = RequestTime.OfRead(context, edge.Limits, edge.Clock);
        var status = await edge.Databases.GetStatusAsync(databaseId, time.Token);
        var answer = new ShardListResponse(databaseId, status.Description.ShardMap.Version, DatabaseJson.Shards(status));
        await JsonAnswer.WriteAsync(context, answer, AnswerJson.Default.ShardListResponse);
    }
}
