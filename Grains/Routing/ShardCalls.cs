using JadeVector.Engine.Shards;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Routing;

/// <summary>What every call to a shard grain shares: its address, one retry after a refreshed map or a moved shard, and what failures mean.</summary>
internal static class ShardCalls
{
    public static IShardGrain Grain(IGrainFactory grains, string databaseId, int shard) =>
        grains.GetGrain<IShardGrain>(new ShardAddress(databaseId, shard).ToString());

    /// <summary>Worth one more try on a fresh activation: the shard moved, was fenced, or the map changed, and nothing was written.</summary>
    public static bool IsWorthARetry(JadeException refusal) => refusal.Code is "stale_map" or "fenced" or "loading";

    /// <summary>The same for a write: unless the shard itself answered, it may have happened.</summary>
    public static JadeException TranslateWrite(Exception problem, int shard) => problem is JadeException
        ? Translate(problem, shard)
        : new JadeException("outcome_unknown", $"Shard {shard} did not say whether the write happened ({problem.Message}). Retry with the same Idempotency-Key.", shard);

    /// <summary>Turns what a grain call may throw into a refusal that names the shard.</summary>
    public static JadeException Translate(Exception problem, int shard) => problem switch
    {
        JadeException { Shard: not null } refusal => refusal,
        JadeException refusal => new JadeException(refusal.Code, refusal.Message, shard),
        TimeoutException => new JadeException("deadline_exceeded", $"Shard {shard} did not answer in time.", shard),
        OperationCanceledException => new JadeException("deadline_exceeded", $"Shard {shard} was not waited for any longer.", shard),
        OrleansException or IOException => new JadeException("cluster_unavailable", $"Shard {shard} could not be reached: {problem.Message}", shard),
        _ => new JadeException("internal_error", $"Shard {shard} failed: {problem.Message}", shard),
    };
}
