using System.Text.Json;
using JadeVector.Api.Requests;
using JadeVector.Api.Responses;
using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Edge;

namespace JadeVector.Api.Vectors;

/// <summary><c>…/vectors/batch</c> and <c>…/vectors/batch-get</c>.</summary>
internal sealed class BatchRoutes(EdgeServices edge)
{
    private static readonly string[] ReadParameters = [.. RequestQuery.OfReads, "values"];

    public static void Map(RouteTable routes, EdgeServices edge)
    {
        var group = new BatchRoutes(edge);
        routes.Versioned("POST", "/databases/{databaseId}/vectors/batch", group.Store, VectorDocs.Batch);
        routes.Versioned("POST", "/databases/{databaseId}/vectors/batch-get", group.Get, VectorDocs.BatchGet);
    }

    private async Task Store(HttpContext context, string databaseId)
    {
        var atomic = new RequestQuery(context, "atomic").Flag("atomic");
        using var time = RequestTime.OfWrite(context, edge.Limits, edge.Clock);
        var database = await edge.DatabaseAsync(databaseId, time.Token);
        using var body = await RequestBody.ReadJsonAsync(context, edge.Limits.BodyBytes, time.Token);
        var batch = BatchReader.Read(body.Bytes, database.Settings.Dimension, edge.Limits);
        var outcomes = await BatchOutcomes.OfAsync(batch.Items, atomic, async accepted =>
        {
            await edge.Embedder.EmbedAsync(database, accepted, time.Token);
            VectorWrite[] writes = [.. accepted.Select(item => item.ToWrite(mustExist: false, onlyNew: !batch.Upsert))];
            return await VectorWrites.WriteAsync(edge, context, databaseId, writes, VectorWrites.Options(context, atomic, time), time);
        });
        if (outcomes.Refusal() is { } refusal)
        {
            await BatchJson.WriteRefusalAsync(context, refusal, outcomes);
            return;
        }

        using var answer = JsonAnswer.Begin(context, outcomes.Failed == 0 ? StatusCodes.Status201Created : StatusCodes.Status207MultiStatus);
        BatchJson.Write(answer.Writer, outcomes);
        await answer.FinishAsync(context);
    }

    private async Task Get(HttpContext context, string databaseId)
    {
        using var time = RequestTime.OfRead(context, edge.Limits, edge.Clock);
        var query = new RequestQuery(context, ReadParameters);
        var form = query.Values();
        var options = query.Read(time.Deadline, values: form != ValuesForm.None, metadata: true);
        var database = await edge.DatabaseAsync(databaseId, time.Token);
        var request = await JsonBody.ReadAsync(context, RequestJson.Default.BatchGetRequest, edge.Limits.BodyBytes, time.Token);
        var ids = IdsOf(request);

        var found = await VectorPages.GetAsync(edge.Vectors, database, ids, options, time.Token);
        using var answer = JsonAnswer.Begin(context);
        Write(answer.Writer, databaseId, ids, found, form);
        await answer.FinishAsync(context);
    }

    private IReadOnlyList<string> IdsOf(BatchGetRequest request)
    {
        IReadOnlyList<string>?[] given = [request.Ids, request.VectorIds, request.VectorIdsInSnakeCase];
        var lists = given.Where(list => list is not null).ToList();
        if (lists.Count != 1)
            throw Refuse.Missing("ids", "a list of ids, under one of the names 'ids', 'vectorIds' and 'vector_ids'.");
        var ids = lists[0]!;
        VectorIds.CheckAll(ids, edge.Limits);
        return ids;
    }

    private static void Write(Utf8JsonWriter writer, string databaseId, IReadOnlyList<string> ids, IReadOnlyList<VectorRecord?> found, ValuesForm form)
    {
        writer.WriteStartObject();
        writer.WriteString("database_id"u8, databaseId);
        writer.WriteNumber("count"u8, found.Count(vector => vector is not null));
        writer.WriteStartArray("vectors"u8);
        foreach (var vector in found)
        {
            if (vector is not null)
                VectorJson.WriteRecord(writer, vector, form);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("missing"u8);
        for (var i = 0; i < found.Count; i++)
        {
            if (found[i] is null)
                writer.WriteStringValue(ids[i]);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
