namespace JadeVector.Engine.Manifests;

/// <summary>A place between two logs, as rolling gives it.</summary>
/// <param name="LastSequence">The last sequence number in the logs before; 0 when there is none.</param>
/// <param name="FirstLog">The log that begins behind it.</param>
public sealed record LogBoundary(ulong LastSequence, string FirstLog);

/// <summary>What a checkpoint changes. The blobs it names must be durable before it is installed.</summary>
/// <param name="Segments">All segments of the shard from now on, oldest first; those of before that are missing here are deleted.</param>
/// <param name="RequestsBlob">Remembered request ids, relative to the shard; null when none.</param>
/// <param name="Boundary">All frames before it are in <paramref name="Segments"/> and <paramref name="RequestsBlob"/>: their logs are dropped.</param>
/// <param name="CoveredAtMs">When that was so, in milliseconds of Unix time.</param>
public sealed record CheckpointEdit(IReadOnlyList<SegmentEntry> Segments, string? RequestsBlob, LogBoundary Boundary, long CoveredAtMs = 0);

/// <summary>What a compaction changes: nothing but in which segments the rows are. The blobs it names must be durable before it is installed.</summary>
/// <param name="Replaced">Names of neighbouring segments; they are deleted.</param>
/// <param name="By">Takes their place; null when no row is left.</param>
/// <param name="CoveredSequence">Of the manifest that it was made for: <paramref name="By"/> lacks only rows deleted up to it.</param>
public sealed record CompactionEdit(IReadOnlySet<string> Replaced, SegmentEntry? By, ulong CoveredSequence);
