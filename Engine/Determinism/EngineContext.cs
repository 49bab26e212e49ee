using JadeVector.Engine.Blobs;
using JadeVector.Engine.Witnesses;

namespace JadeVector.Engine.Determinism;

/// <summary>Everything from outside that the engine touches: storage, time, threads and chance.</summary>
public sealed record EngineContext(IBlobStore Blobs, TimeProvider Clock, IWorkScheduler Work, IdSource Ids)
{
    /// <summary>Remembers what the storage has shown.</summary>
    public StoreWitness Witness { get; init; } = new();
}
