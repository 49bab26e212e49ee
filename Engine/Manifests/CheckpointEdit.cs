namespace JadeVector.Engine.Manifests;

/// <summary>What a checkpoint changes. The blobs it names must be durable before it is installed.</summary>
/// <param name="Segments">All segments of the shard from now on, oldest first; those of before that are missing here are deleted.</param>
/// <param name="RequestsBlob">Remembered request ids, relative to the shard; null when none.</param>
/// <param name="CoveredSequence">Everything up to this number is in <paramref name="Segments"/>: logs that hold nothing later are dropped.</param>
public sealed record CheckpointEdit(IReadOnlyList<SegmentEntry> Segments, string? RequestsBlob, ulong CoveredSequence);
