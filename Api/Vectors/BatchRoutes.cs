using System.Text.Json;
using JadeVector.Api.Options;
using JadeVector.Api.Problems;
using JadeVector.Api.Requests;
using JadeVector.Api.Responses;
using JadeVector.Grains.Interfaces;

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
        if (atomic && batch.Items.FirstOrDefault(entry => entry.Refusal is not null) is { Refusal: { } first })
            throw first;

        var outcomes = new BatchOutcomes(batch.Items);
        var accepted = batch.Items.Where(entry => entry.Item is not null).Select(entry => entry.Item!).ToList();
        if (accepted.Count > 0)
        {
            await edge.Embedder.EmbedAsync(database, accepted, time.Token);
            VectorWrite[] writes = [.. accepted.Select(item => item.ToWrite(mustExist: false, onlyNew: !batch.Upsert))];
            var reply = await VectorWrites.WriteAsync(edge, context, databaseId, writes, VectorWrites.Options(context, atomic, time), time);
            outcomes.Fill(reply.Items);
        }

        if (outcomes.Stored == 0 && outcomes.Count > 0)
        {
            await outcomes.WriteRefusalAsync(context);
            return;
        }

        using var answer = JsonAnswer.Begin(context, outcomes.Failed == 0 ? StatusCodes.Status201Created : StatusCodes.Status207MultiStatus);
        outcomes.WriteTo(answer.Writer);
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

        var found = new List<VectorRecord?>(ids.Count);
        foreach (var chunk in ids.Chunk(ReadSizes.VectorsPerCall(database, options.IncludeValues)))
            found.AddRange(await edge.Vectors.GetAsync(databaseId, chunk, options, time.Token));
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
        if (ids.Count == 0)
            throw Refuse.Invalid("ids", "is empty.");
        if (ids.Count > edge.Limits.BatchGetIds)
            throw Refuse.Limit("ids (count)", nameof(LimitOptions.BatchGetIds), edge.Limits.BatchGetIds, ids.Count);
        for (var i = 0; i < ids.Count; i++)
            VectorIds.Check(ids[i] ?? throw Refuse.Invalid($"ids[{i}]", "is null."), $"ids[{i}]", edge.Limits);
        return ids;
    }

    private static void Write(Utf8JsonWriter writer, string databaseId, IReadOnlyList<string> ids, List<VectorRecord?> found, ValuesForm form)
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
