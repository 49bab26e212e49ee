using System.Text;
using JadeVector.Api.Problems;
using JadeVector.Api.Requests;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Api.Vectors;

/// <summary>What the routes that write have in common.</summary>
internal static class VectorWrites
{
    public const string PositionHeader = "Jade-Position";
    public const string IdempotencyHeader = "Idempotency-Key";

    /// <summary>Leaves room for what the store adds per shard and call.</summary>
    private const int IdempotencyKeyBytesMax = 96;

    public static WriteOptions Options(HttpContext context, bool atomic, RequestTime time) => new()
    {
        RequestId = IdempotencyKey(context),
        Atomic = atomic,
        Deadline = time.Deadline,
    };

    public static string? IdempotencyKey(HttpContext context)
    {
        var header = context.Request.Headers[IdempotencyHeader];
        if (header.Count == 0)
            return null;
        var key = header.ToString();
        if (header.Count > 1 || key.Length == 0)
            throw Refuse.Invalid(IdempotencyHeader, "must be one text that is not empty.");
        var bytes = Encoding.UTF8.GetByteCount(key);
        return bytes <= IdempotencyKeyBytesMax
            ? key
            : throw Refuse.Limit(IdempotencyHeader + " (bytes)", "IdempotencyKeyBytes", IdempotencyKeyBytesMax, bytes);
    }

    /// <summary>Writes; what is cut off by the deadline may still have been stored, and the answer says so.</summary>
    public static async Task<DatabaseWriteReply> WriteAsync(
        EdgeServices edge, HttpContext context, string databaseId, IReadOnlyList<VectorWrite> items, WriteOptions options, RequestTime time)
    {
        try
        {
            var reply = await edge.Vectors.WriteAsync(databaseId, items, options, time.Token);
            if (!context.Response.HasStarted && reply.Position.Length > 0)
                context.Response.Headers[PositionHeader] = reply.Position;
            edge.Meters.Written(reply.Items.Count(IsStored));
            return reply;
        }
        catch (OperationCanceledException) when (time.Token.IsCancellationRequested)
        {
            throw new ApiRefusal(
                "outcome_unknown", "The write was not acknowledged in time and may or may not have been stored. Send it again with the same Idempotency-Key.");
        }
    }

    public static bool IsStored(WriteItemResult result) => result.Status is WriteStatus.Created or WriteStatus.Replaced or WriteStatus.Deleted;

    /// <summary>Why an item was not stored.</summary>
    public static (string Code, string Detail) ReasonOf(WriteItemResult result, string id) => result.Status switch
    {
        WriteStatus.NotFound => ("not_found", $"There is no vector '{id}' in this database."),
        WriteStatus.VersionConflict when result.Version == 0 => ("version_conflict", $"There is no vector '{id}', so it has no such version."),
        WriteStatus.VersionConflict => ("version_conflict", $"Vector '{id}' has version {result.Version}."),
        WriteStatus.NotAttempted => ("not_attempted", "Another item of the atomic batch failed; nothing was written."),
        _ => (result.ErrorCode ?? "internal_error", result.ErrorDetail ?? "The shard did not say why."),
    };

    public static void ThrowUnlessStored(WriteItemResult result, string id)
    {
        if (IsStored(result))
            return;
        var (code, detail) = ReasonOf(result, id);
        throw result.Status == WriteStatus.VersionConflict
            ? new ApiRefusal(code, detail, ("vectorId", id), ("currentVersion", result.Version))
            : new ApiRefusal(code, detail, ("vectorId", id));
    }

    public static string NameOf(WriteStatus status) => status switch
    {
        WriteStatus.Created => "created",
        WriteStatus.Replaced => "replaced",
        WriteStatus.Deleted => "deleted",
        WriteStatus.NotFound => "not_found",
        WriteStatus.VersionConflict => "version_conflict",
        WriteStatus.NotAttempted => "not_attempted",
        _ => "failed",
    };
}
