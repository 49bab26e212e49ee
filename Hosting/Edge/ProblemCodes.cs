namespace JadeVector.Hosting.Edge;

/// <param name="Title">The same for every occurrence.</param>
/// <param name="RetryAfterSeconds">Null when trying again as it is cannot help.</param>
internal sealed record ProblemKind(int Status, string Title, int? RetryAfterSeconds = null);

/// <summary>The one table from refusal codes to HTTP.</summary>
internal static class ProblemCodes
{
    private static readonly Dictionary<string, ProblemKind> Kinds = new(StringComparer.Ordinal)
    {
        ["invalid_argument"] = new(400, "A field of the request has a value that cannot be used."),
        ["wrong_dimension"] = new(400, "A vector has another number of components than its database."),
        ["not_finite"] = new(400, "A number is not finite."),
        ["not_supported"] = new(400, "The request asks for something that this version does not do."),
        ["atomic_cross_shard"] = new(400, "An atomic batch must stay within one shard."),
        ["malformed_json"] = new(400, "The body is not valid JSON."),
        ["unknown_field"] = new(400, "The request has a field that nobody reads."),
        ["limit_exceeded"] = new(400, "The request is beyond a limit."),
        ["bad_request"] = new(400, "The request is not valid."),
        ["unauthorized"] = new(401, "The request needs the admin key."),
        ["not_found"] = new(404, "There is no such thing."),
        ["method_not_allowed"] = new(405, "The route does not have this method."),
        ["not_acceptable"] = new(406, "The answer does not exist in that form."),
        ["request_timeout"] = new(408, "The request's body arrived too slowly."),
        ["conflict"] = new(409, "The request conflicts with what is there."),
        ["version_conflict"] = new(409, "The vector has another version."),
        ["gone"] = new(410, "It was deleted."),
        ["length_required"] = new(411, "The request needs a length."),
        ["body_too_large"] = new(413, "The body is too large."),
        ["uri_too_long"] = new(414, "The address is too long."),
        ["unsupported_media_type"] = new(415, "The route does not take this content type."),
        ["request_id_reused"] = new(422, "The Idempotency-Key was used with another body."),
        ["headers_too_large"] = new(431, "The request's headers are too large."),
        ["overloaded"] = new(429, "The node has more work than it can queue.", 1),
        ["internal_error"] = new(500, "The node made a mistake."),
        ["stale_map"] = new(503, "The shards are moving.", 1),
        ["loading"] = new(503, "A shard is loading.", 1),
        ["fenced"] = new(503, "A shard has another owner now.", 1),
        ["lagging"] = new(503, "A copy of a shard is too far behind.", 1),
        ["outcome_unknown"] = new(503, "It is not known whether the write was stored.", 1),
        ["storage_unavailable"] = new(503, "The storage cannot be reached or is full.", 5),
        ["shard_damaged"] = new(503, "A shard's storage is damaged.", 60),
        ["store_rolled_back"] = new(503, "The storage has lost what it had acknowledged.", 60),
        ["deadline_exceeded"] = new(503, "The answer did not come in time.", 1),
        ["embedding_unavailable"] = new(503, "The embedding model does not answer.", 5),
        ["not_ready"] = new(503, "The node is not ready.", 1),
        ["cluster_unavailable"] = new(503, "The cluster does not answer.", 1),
    };

    public static ProblemKind Of(string code) => Kinds.GetValueOrDefault(code) ?? Kinds["internal_error"];

    public static bool IsKnown(string code) => Kinds.ContainsKey(code);

    /// <summary>The code for a status that the framework chose by itself.</summary>
    public static string ForStatus(int status) => status switch
    {
        401 => "unauthorized",
        404 => "not_found",
        405 => "method_not_allowed",
        406 => "not_acceptable",
        408 => "request_timeout",
        411 => "length_required",
        413 => "body_too_large",
        414 => "uri_too_long",
        415 => "unsupported_media_type",
        431 => "headers_too_large",
        >= 400 and < 500 => "bad_request",
        _ => "internal_error",
    };
}
