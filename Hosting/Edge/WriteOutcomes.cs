using JadeVector.Grains.Interfaces;

namespace JadeVector.Hosting.Edge;

/// <summary>What became of the items of a write.</summary>
internal static class WriteOutcomes
{
    /// <summary>Writes; what is cut off by the deadline may still have been stored, and the answer says so.</summary>
    /// <param name="deadline">Ends with the time that <paramref name="options"/> name.</param>
    public static async Task<DatabaseWriteReply> WriteAsync(
        IVectorStore store, string databaseId, IReadOnlyList<VectorWrite> items, WriteOptions options, CancellationToken deadline)
    {
        try
        {
            return await store.WriteAsync(databaseId, items, options, deadline);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
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
