using System.Text.Json;
using JadeVector.Api.OpenApi;
using JadeVector.Api.Problems;
using JadeVector.Api.Requests;
using JadeVector.Api.Responses;
using JadeVector.Api.Vectors;
using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Edge;

namespace JadeVector.Api.Import;

/// <summary><c>…/import</c>: a stream of vectors, one JSON object per line, of any length.</summary>
internal sealed class ImportRoutes(EdgeServices edge)
{
    private const string Ndjson = "application/x-ndjson";

    private static readonly string[] ContentTypes = [Ndjson, "application/ndjson", "application/jsonl", "application/json-lines"];

    private static readonly RouteDoc Doc = new(
        "Import", "Import vectors as a stream",
        "One vector per line, as in `POST …/vectors`. Read only as fast as it is stored, never held whole; a line that is refused does not stop the others. "
        + "201 when every line was stored, 207 when some were, a problem when none was or when the store gave up: then "
        + "`details.import.acknowledgedLines` tells where to go on.")
    {
        Request = typeof(VectorRequest),
        RequestContentType = Ndjson,
        Response = typeof(ImportResponse),
        ResponseExample = """{"status":"success","received":2,"count":2,"inserted":2,"updated":0,"failed":0,"acknowledgedLines":2,"errors":[]}""",
        Status = StatusCodes.Status201Created,
        OtherStatus = StatusCodes.Status207MultiStatus,
        IsWrite = true,
        Problems = [404],
    };

    public static void Map(RouteTable routes, EdgeServices edge) =>
        routes.Versioned("POST", "/databases/{databaseId}/import", new ImportRoutes(edge).Import, Doc);

    private async Task Import(HttpContext context, string databaseId)
    {
        _ = new RequestQuery(context);
        CheckContentType(context);
        var database = await edge.DatabaseAsync(databaseId, context.RequestAborted);
        var key = VectorWrites.IdempotencyKey(context);
        var run = new ImportRun(
            (items, first) => WriteAsync(context, database, items, key is null ? null : FieldRules.ImportKey(key, first)), edge.Limits.ImportErrors);
        var lines = new ImportLines(new NdjsonLines(context.Request.BodyReader, edge.Limits.ImportLineBytes), edge.Limits, database.Settings.Dimension);
        try
        {
            await run.RunAsync(lines.ReadAsync(context.RequestAborted), context.RequestAborted);
        }
        catch (JadeException refusal)
        {
            await WriteStopped(context, run.Report, refusal.Code, refusal.Message);
            return;
        }
        catch (ApiRefusal refusal)
        {
            await WriteStopped(context, run.Report, refusal.Code, refusal.Message);
            return;
        }

        if (run.Report is { Stored: 0, FirstError: { } error })
        {
            await WriteStopped(context, run.Report, error.Error, $"Line {error.Line}: {error.Message}");
            return;
        }

        using var answer = JsonAnswer.Begin(context, run.Report.Failed == 0 ? StatusCodes.Status201Created : StatusCodes.Status207MultiStatus);
        ImportJson.Write(answer.Writer, run.Report);
        await answer.FinishAsync(context);
    }

    private async Task<IReadOnlyList<WriteItemResult>> WriteAsync(
        HttpContext context, DatabaseDescription database, IReadOnlyList<VectorItem> items, string? requestId)
    {
        using var time = RequestTime.OfWrite(context, edge.Limits, edge.Clock);
        await edge.Embedder.EmbedAsync(database, items, time.Token);
        VectorWrite[] writes = [.. items.Select(item => item.ToWrite(mustExist: false, onlyNew: false))];
        var options = new WriteOptions { RequestId = requestId, Deadline = time.Deadline };
        return (await VectorWrites.WriteAsync(edge, context, database.Id, writes, options, time)).Items;
    }

    /// <summary>A problem that says how far the import came.</summary>
    private static Task WriteStopped(HttpContext context, ImportReport report, string code, string detail) =>
        ProblemWriter.WriteAsync(context, code, detail, [("import", (object)(Action<Utf8JsonWriter>)(writer =>
        {
            writer.WriteStartObject();
            ImportJson.WriteMembers(writer, report);
            writer.WriteEndObject();
        }))]);

    private static void CheckContentType(HttpContext context)
    {
        var given = context.Request.ContentType;
        var type = given?.Split(';')[0].Trim();
        if (!ContentTypes.Contains(type, StringComparer.OrdinalIgnoreCase))
            throw Refuse.UnsupportedMediaType(given, Ndjson);
    }
}
