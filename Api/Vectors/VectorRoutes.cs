using System.Text.Json;
using JadeVector.Api.Requests;
using JadeVector.Api.Responses;
using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Edge;

namespace JadeVector.Api.Vectors;

/// <summary><c>/v1/databases/{databaseId}/vectors</c>: one vector at a time, and pages of them.</summary>
internal sealed class VectorRoutes(EdgeServices edge)
{
    private const int PageDefault = 50;

    private static readonly string[] ReadParameters = [.. RequestQuery.OfReads, "values"];
    private static readonly string[] ListParameters = [.. ReadParameters, "limit", "offset", "cursor"];

    public static void Map(RouteTable routes, EdgeServices edge)
    {
        var group = new VectorRoutes(edge);
        routes.Versioned("POST", "/databases/{databaseId}/vectors", group.Store, VectorDocs.Store);
        routes.Versioned("GET", "/databases/{databaseId}/vectors", group.List, VectorDocs.List);
        routes.Versioned("GET", "/databases/{databaseId}/vectors/{vectorId}", group.Get, VectorDocs.Get);
        routes.Versioned("PUT", "/databases/{databaseId}/vectors/{vectorId}", group.Replace, VectorDocs.Replace);
        routes.Versioned("DELETE", "/databases/{databaseId}/vectors/{vectorId}", group.Delete, VectorDocs.Delete);
    }

    private async Task Store(HttpContext context, string databaseId)
    {
        var atomic = new RequestQuery(context, "atomic").Flag("atomic");
        var (item, result) = await WriteOne(context, databaseId, null, atomic);
        await Answer(context, item, result, StatusCodes.Status201Created);
    }

    private async Task Replace(HttpContext context, string databaseId, string vectorId)
    {
        var atomic = new RequestQuery(context, "atomic").Flag("atomic");
        var (item, result) = await WriteOne(context, databaseId, VectorIdPath.IdOf(context, vectorId), atomic);
        await Answer(context, item, result, StatusCodes.Status200OK);
    }

    private async Task<(string Id, WriteItemResult Result)> WriteOne(HttpContext context, string databaseId, string? pathId, bool atomic)
    {
        using var time = RequestTime.OfWrite(context, edge.Limits, edge.Clock);
        var database = await edge.DatabaseAsync(databaseId, time.Token);
        using var body = await RequestBody.ReadJsonAsync(context, edge.Limits.BodyBytes, time.Token);
        var item = ReadItem(body.Bytes, database.Settings.Dimension, pathId);
        await edge.Embedder.EmbedAsync(database, [item], time.Token);
        var write = item.ToWrite(mustExist: pathId is not null, onlyNew: false);
        var reply = await VectorWrites.WriteAsync(edge, context, databaseId, [write], VectorWrites.Options(context, atomic, time), time);
        WriteOutcomes.ThrowUnlessStored(reply.Items[0], item.Id);
        return (item.Id, reply.Items[0]);
    }

    private VectorItem ReadItem(ReadOnlySpan<byte> body, int dimension, string? pathId)
    {
        var reader = new Utf8JsonReader(body, JsonFields.ReaderOptions);
        var item = new VectorItemReader(edge.Limits, dimension).Read(ref reader, body, FieldPlace.Body, pathId);
        JsonFields.End(ref reader);
        return item;
    }

    private async Task Delete(HttpContext context, string databaseId, string vectorId)
    {
        var query = new RequestQuery(context, "ifVersion");
        ulong? ifVersion = query.Text("ifVersion") is null ? null : (ulong)query.Number("ifVersion", 0, 1, long.MaxValue);
        var id = VectorIds.Check(VectorIdPath.IdOf(context, vectorId), "vectorId", edge.Limits);
        using var time = RequestTime.OfWrite(context, edge.Limits, edge.Clock);
        FieldRules.DatabaseId(databaseId);
        var write = new VectorWrite { Kind = WriteKind.Delete, Id = id, IfVersion = ifVersion };
        var reply = await VectorWrites.WriteAsync(edge, context, databaseId, [write], VectorWrites.Options(context, atomic: false, time), time);
        WriteOutcomes.ThrowUnlessStored(reply.Items[0], id);
        await Answer(context, id, reply.Items[0], StatusCodes.Status200OK);
    }

    private async Task Get(HttpContext context, string databaseId, string vectorId)
    {
        using var time = RequestTime.OfRead(context, edge.Limits, edge.Clock);
        var query = new RequestQuery(context, ReadParameters);
        var form = query.Values();
        var options = query.Read(time.Deadline, values: form != ValuesForm.None, metadata: true);
        var id = VectorIds.Check(VectorIdPath.IdOf(context, vectorId), "vectorId", edge.Limits);
        FieldRules.DatabaseId(databaseId);
        var found = await edge.Vectors.GetAsync(databaseId, [id], options, time.Token);
        var vector = found[0] ?? throw Refuse.NoVector(id);
        using var answer = JsonAnswer.Begin(context);
        VectorJson.WriteRecord(answer.Writer, vector, form);
        await answer.FinishAsync(context);
    }

    private async Task List(HttpContext context, string databaseId)
    {
        using var time = RequestTime.OfRead(context, edge.Limits, edge.Clock);
        var query = new RequestQuery(context, ListParameters);
        var limit = (int)query.Number("limit", Math.Min(PageDefault, edge.Limits.PageItems), 1, edge.Limits.PageItems);
        var offset = query.Number("offset", 0, 0, long.MaxValue);
        var (form, cursor) = (query.Values(), query.Text("cursor"));
        if (cursor is not null && offset > 0)
            throw Refuse.Invalid("offset", "cannot stand beside 'cursor'.");
        var options = query.Read(time.Deadline, values: form != ValuesForm.None, metadata: true);

        var database = await edge.DatabaseAsync(databaseId, time.Token);
        var page = await VectorPages.ReadAsync(edge.Vectors, database, offset, limit, cursor, options, time.Token);
        using var answer = JsonAnswer.Begin(context);
        WritePage(answer.Writer, page, limit, offset, form);
        await answer.FinishAsync(context);
    }

    private static void WritePage(Utf8JsonWriter writer, VectorPage page, int limit, long offset, ValuesForm form)
    {
        writer.WriteStartObject();
        writer.WriteNumber("total"u8, page.Total);
        writer.WriteNumber("limit"u8, limit);
        writer.WriteNumber("offset"u8, offset);
        writer.WriteStartArray("vectors"u8);
        foreach (var vector in page.Vectors)
            VectorJson.WriteRecord(writer, vector, form);
        writer.WriteEndArray();
        if (page.NextCursor is { } next)
            writer.WriteString("nextCursor"u8, next);
        writer.WriteEndObject();
    }

    private static Task Answer(HttpContext context, string id, WriteItemResult result, int status)
    {
        using var answer = JsonAnswer.Begin(context, status);
        answer.Writer.WriteStartObject();
        answer.Writer.WriteString("status"u8, "success"u8);
        answer.Writer.WriteString("vectorId"u8, id);
        answer.Writer.WriteString("id"u8, id);
        answer.Writer.WriteNumber("version"u8, result.Version);
        answer.Writer.WriteBoolean("created"u8, result.Status == WriteStatus.Created);
        answer.Writer.WriteEndObject();
        return answer.FinishAsync(context);
    }
}
