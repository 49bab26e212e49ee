using JadeVector.Engine.Blobs;

namespace JadeVector.Engine.Determinism;

/// <summary>Everything from outside that the engine touches: storage, time, threads and chance.</summary>
public sealed record EngineContext(IBlobStore Blobs, TimeProvider Clock, IWorkScheduler Work, IdSource Ids);
