namespace JadeVector.Engine;

/// <summary>The request was understood and is refused; the caller can mend it, wait, or give up, as <see cref="Code"/> says.</summary>
/// <param name="code">Stable, snake_case: <see cref="RefusalCodes"/>.</param>
/// <param name="detail">One sentence for a person, with the numbers in it.</param>
public sealed class RefusalException(string code, string detail) : Exception(detail)
{
    public string Code { get; } = code;
}

/// <summary>Why the engine refuses. The API turns each into a status (see Api/Problems).</summary>
public static class RefusalCodes
{
    public const string InvalidArgument = "invalid_argument";
    public const string WrongDimension = "wrong_dimension";
    public const string NotFinite = "not_finite";
    public const string LimitExceeded = "limit_exceeded";
    public const string NotSupported = "not_supported";
    public const string NotFound = "not_found";
    public const string Conflict = "conflict";
    public const string VersionConflict = "version_conflict";
    public const string RequestIdReused = "request_id_reused";
    public const string AtomicCrossShard = "atomic_cross_shard";
    public const string StaleMap = "stale_map";
    public const string Gone = "gone";
    public const string Loading = "loading";
    public const string Fenced = "fenced";
    public const string Lagging = "lagging";
    public const string OutcomeUnknown = "outcome_unknown";
    public const string StorageUnavailable = "storage_unavailable";
    public const string Overloaded = "overloaded";
    public const string DeadlineExceeded = "deadline_exceeded";
    public const string ShardDamaged = "shard_damaged";
    public const string StoreRolledBack = "store_rolled_back";
}
