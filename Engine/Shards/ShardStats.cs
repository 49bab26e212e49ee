namespace JadeVector.Engine.Shards;

/// <summary>A shard at a glance; numbers are of one moment each, not of one moment all.</summary>
public sealed record ShardStats
{
    /// <summary>Number of the ownership term, as the manifest last read has it.</summary>
    public required ulong Epoch { get; init; }

    public required bool IsOwner { get; init; }

    /// <summary>Another owner has taken over: writes and verified reads are refused; open the shard anew.</summary>
    public required bool IsFenced { get; init; }

    /// <summary>The last sequence number that readers see.</summary>
    public required ulong Sequence { get; init; }

    /// <summary>Everything up to this sequence number is in segments.</summary>
    public required ulong CoveredSequence { get; init; }

    /// <summary>Live vectors.</summary>
    public required long VectorCount { get; init; }

    /// <summary>Rows in memory and segments, dead ones too.</summary>
    public required long RowCount { get; init; }

    /// <summary>Rows not linked into a graph yet; always 0 for a flat index.</summary>
    public required long TailRows { get; init; }

    public required int SegmentCount { get; init; }

    /// <summary>Off-heap memory of this process.</summary>
    public required long NativeBytes { get; init; }

    /// <summary>Metadata indexes of rows that are in no segment yet, on the managed heap; those of segments are mapped with them.</summary>
    public required long MetadataIndexBytes { get; init; }

    /// <summary>Memory-mapped files.</summary>
    public required long MappedBytes { get; init; }

    /// <summary>What <see cref="NativeBytes"/>, <see cref="MetadataIndexBytes"/> and <see cref="MappedBytes"/> are for: together they are as many.</summary>
    public required MemoryReport Memory { get; init; }

    /// <summary>Log that a restart would replay.</summary>
    public required long LogBytes { get; init; }

    /// <summary>Checkpoints installed since the shard was opened.</summary>
    public required long CheckpointCount { get; init; }

    /// <summary>Compactions installed since the shard was opened.</summary>
    public required long CompactionCount { get; init; }

    /// <summary>How far the checkpoint is that is under way; null when none is.</summary>
    public required BuildProgress? Checkpoint { get; init; }

    /// <summary>How far the compaction is that is under way; null when none is.</summary>
    public required BuildProgress? Compaction { get; init; }

    /// <summary>Blobs of fenced owners that were deleted since the shard was opened.</summary>
    public required long CollectedCount { get; init; }

    /// <summary>How often everything stored was read again since the shard was opened.</summary>
    public required long ScrubCount { get; init; }

    /// <summary>What was found damaged, or why the last checkpoint, compaction or the linking failed; null when all is well.</summary>
    public required string? LastError { get; init; }
}
