using JadeVector.Api.Requests;
using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Edge;

namespace JadeVector.Api.Vectors;

/// <summary>What the routes that write have in common.</summary>
internal static class VectorWrites
{
    public const string PositionHeader = "Jade-Position";
    public const string IdempotencyHeader = "Idempotency-Key";

    public static WriteOptions Options(HttpContext context, bool atomic, RequestTime time) => new()
    {
        RequestId = IdempotencyKey(context),
        Atomic = atomic,
        Deadline = time.Deadline,
    };

    public static string? IdempotencyKey(HttpContext context)
    {
        var header = context.Request.Headers[IdempotencyHeader];
        // Several are none: no one of them is the key.
        return header.Count == 0 ? null : FieldRules.IdempotencyKey(header.Count == 1 ? header.ToString() : "", IdempotencyHeader);
    }

    public static async Task<DatabaseWriteReply> WriteAsync(
        EdgeServices edge, HttpContext context, string databaseId, IReadOnlyList<VectorWrite> items, WriteOptions options, RequestTime time)
    {
        var reply = await WriteOutcomes.WriteAsync(edge.Vectors, databaseId, items, options, time.Token);
        if (!context.Response.HasStarted && reply.Position.Length > 0)
            context.Response.Headers[PositionHeader] = reply.Position;
        edge.Meters.Written(reply.Items.Count(WriteOutcomes.IsStored));
        return reply;
    }
}
