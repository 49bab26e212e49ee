using JadeVector.Engine.Logs;

namespace JadeVector.Engine.Shards;

/// <summary>How a node runs its shards; nothing here changes what is stored.</summary>
public sealed record ShardOptions
{
    /// <summary>Native memory of rows that are in no segment yet, beyond which a checkpoint starts by itself; at least <see cref="ShardLimits.CheckpointSizeBytesMin"/>.</summary>
    public long CheckpointSizeBytes { get; init; } = ShardLimits.CheckpointSizeBytesDefault;

    /// <summary>Bytes of log that a restart would replay, beyond which a checkpoint starts by itself; at least <see cref="ShardLimits.CheckpointSizeBytesMin"/>.</summary>
    public long CheckpointLogSizeBytes { get; init; } = 2 * ShardLimits.CheckpointSizeBytesDefault;

    /// <summary>
    /// Batches in the log that a restart would replay, beyond which a checkpoint starts by itself; 1 or more. A store reads many small
    /// appends slowly, so that it is their number that decides how soon a shard takes writes after its node was lost.
    /// </summary>
    public int CheckpointLogFrames { get; init; } = ShardLimits.CheckpointLogFramesDefault;

    /// <summary>Rows of one segment deleted since its deletes were last stored, beyond which (and a quarter of its rows) a checkpoint starts by itself; 1 or more.</summary>
    public int CheckpointDeletedRows { get; init; } = ShardLimits.CheckpointDeletedRowsDefault;

    /// <summary>A compaction makes no segment larger than this: it is built in memory; at least <see cref="ShardLimits.CheckpointSizeBytesMin"/>.</summary>
    public long CompactionSizeBytesMax { get; init; } = ShardLimits.CompactionSizeBytesDefault;

    /// <summary>Vectors not linked into a graph yet, which searches scan, beyond which writes wait; at least <see cref="ShardLimits.CheckpointSizeBytesMin"/>.</summary>
    public long TailSizeBytesMax { get; init; } = ShardLimits.TailSizeBytesDefault;

    /// <summary>Native memory of rows that are in no segment yet beyond which writes wait; at least twice <see cref="CheckpointSizeBytes"/>.</summary>
    public long UnsavedSizeBytesMax { get; init; } = ShardLimits.UnsavedSizeBytesDefault;

    /// <summary>How long a write waits for linking and checkpoints to catch up before it is refused as <c>overloaded</c>.</summary>
    public TimeSpan BacklogWaitMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Pause after a failed checkpoint or compaction before one starts by itself again.</summary>
    public TimeSpan CheckpointRetryDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a checkpoint waits for the store in each of its steps.</summary>
    public TimeSpan CheckpointTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Request ids remembered, newest first; <see cref="ShardLimits.RequestIdsMin"/> to <see cref="ShardLimits.RequestIdsMax"/>.</summary>
    public int RequestIdsMax { get; init; } = ShardLimits.RequestIdsDefault;

    /// <summary>A request id older than this is forgotten.</summary>
    public TimeSpan RequestIdAgeMax { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How long ago ownership may have been verified for a bounded read.</summary>
    public TimeSpan OwnershipAgeMax { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest that a write, a search or a check before a read takes, whatever its deadline.</summary>
    public TimeSpan CallTimeoutMax { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Rows linked into a graph before the background work makes room for others.</summary>
    public int LinkSliceRows { get; init; } = ShardLimits.LinkSliceRowsDefault;

    /// <summary>How long what fenced owners left behind stays, for those who still read it.</summary>
    public TimeSpan GarbageGrace { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often everything stored is read again to find damage; zero for never.</summary>
    public TimeSpan ScrubInterval { get; init; } = TimeSpan.FromHours(24);

    public ShardLogOptions Log { get; init; } = new();

    /// <summary>The options, if each is in its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is not; the message names it and its range.</exception>
    public ShardOptions Validated()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(CheckpointSizeBytes, ShardLimits.CheckpointSizeBytesMin);
        ArgumentOutOfRangeException.ThrowIfLessThan(CheckpointLogSizeBytes, ShardLimits.CheckpointSizeBytesMin);
        ArgumentOutOfRangeException.ThrowIfLessThan(CheckpointLogFrames, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(CheckpointDeletedRows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(CompactionSizeBytesMax, ShardLimits.CheckpointSizeBytesMin);
        ArgumentOutOfRangeException.ThrowIfLessThan(TailSizeBytesMax, ShardLimits.CheckpointSizeBytesMin);
        ArgumentOutOfRangeException.ThrowIfLessThan(UnsavedSizeBytesMax, 2 * CheckpointSizeBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(BacklogWaitMax, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(CheckpointRetryDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(CheckpointTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(RequestIdsMax, ShardLimits.RequestIdsMin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(RequestIdsMax, ShardLimits.RequestIdsMax);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(RequestIdAgeMax, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(OwnershipAgeMax, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(CallTimeoutMax, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(GarbageGrace, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(ScrubInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(LinkSliceRows, ShardLimits.LinkSliceRowsMin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(LinkSliceRows, ShardLimits.LinkSliceRowsMax);
        Log.Validated();
        return this;
    }
}
