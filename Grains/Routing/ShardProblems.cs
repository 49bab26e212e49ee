using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Routing;

/// <summary>What failures of a call to a shard mean, for reads and for writes.</summary>
internal sealed class ShardProblems
{
    public const string OutcomeUnknown = "outcome_unknown";

    public static readonly ShardProblems Read = new(isWrite: false);

    public static readonly ShardProblems Write = new(isWrite: true);

    private readonly bool _isWrite;

    private ShardProblems(bool isWrite) => _isWrite = isWrite;

    /// <summary>Refused for what it asks: no other copy and no other time changes that.</summary>
    public static bool IsOfRequest(JadeException refusal) => refusal.Code is
        "gone" or "not_found" or "stale_map" or "request_id_reused" or "invalid_argument" or "wrong_dimension" or "not_finite" or "limit_exceeded" or "not_supported";

    /// <summary>Worth another try on the same grain: the shard moved, was fenced, or the node that had it is gone.</summary>
    public bool IsWorthARetry(JadeException refusal) =>
        refusal.Code is "fenced" or "loading" or "cluster_unavailable" || (_isWrite && refusal.Code == OutcomeUnknown);

    /// <summary>Turns what a grain call may throw into a refusal that names the shard. A write may have happened unless the shard itself answered.</summary>
    public JadeException Translate(Exception problem, int shard) => problem switch
    {
        JadeException { Shard: not null } refusal => refusal,
        JadeException refusal => new JadeException(refusal.Code, refusal.Message, shard),
        _ when _isWrite => new JadeException(
            OutcomeUnknown, $"Shard {shard} did not say whether the write happened ({ControlCalls.FirstLine(problem)}). Retry with the same Idempotency-Key.", shard),
        TimeoutException => new JadeException("deadline_exceeded", $"Shard {shard} did not answer in time.", shard),
        OperationCanceledException => new JadeException("deadline_exceeded", $"Shard {shard} was not waited for any longer.", shard),
        OrleansException or IOException => new JadeException("cluster_unavailable", $"Shard {shard} could not be reached: {ControlCalls.FirstLine(problem)}", shard),
        _ => new JadeException("internal_error", $"Shard {shard} failed: {ControlCalls.FirstLine(problem)}", shard),
    };
}
