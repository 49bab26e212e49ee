using JadeVector.Engine;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Shards;

/// <summary>The one place where what the engine throws becomes what crosses a grain call.</summary>
internal static class Refusals
{
    /// <returns>Null for what is no refusal but a bug or a broken environment: it crosses as it is.</returns>
    public static JadeException? From(Exception problem, int? shard) => problem switch
    {
        JadeException refusal => refusal,
        RefusalException refusal => new JadeException(refusal.Code, refusal.Message, shard),
        OverloadedException overloaded => new JadeException(RefusalCodes.Overloaded, overloaded.Message, shard),
        BlobDamagedException damaged => new JadeException(RefusalCodes.ShardDamaged, damaged.Message, shard),
        BlobStoreException unreachable => new JadeException(RefusalCodes.StorageUnavailable, unreachable.Message, shard),
        OperationCanceledException => new JadeException(RefusalCodes.DeadlineExceeded, "The deadline passed before the answer was there.", shard),
        TimeoutException late => new JadeException(RefusalCodes.DeadlineExceeded, late.Message, shard),
        _ => null,
    };
}
