namespace JadeVector.Engine.Shards;

/// <summary>What a shard accepts; what is outside is refused, never corrected.</summary>
public static class ShardLimits
{
    public const int IdBytesMin = 1, IdBytesMax = 256;

    public const int RequestIdBytesMax = 128;

    public const int DimensionMin = 1, DimensionMax = 65_536;

    public const int TopKMin = 1, TopKMax = 16_384;

    public const int PageSizeMax = 10_000;

    public const int RequestIdsMin = 1, RequestIdsDefault = 10_000, RequestIdsMax = 1_000_000;

    /// <summary>Remembered answers together, so that they stay small beside the vectors.</summary>
    public const int RequestAnswersSizeBytesMax = 8 * 1024 * 1024;

    public const long CheckpointSizeBytesMin = 64 * 1024, CheckpointSizeBytesDefault = 256L * 1024 * 1024;

    public const int CheckpointLogFramesDefault = 1_000;

    public const int CheckpointDeletedRowsDefault = 1_000;

    public const long CompactionSizeBytesDefault = 2L * 1024 * 1024 * 1024;

    public const long TailSizeBytesDefault = 512L * 1024 * 1024;

    public const long UnsavedSizeBytesDefault = 4 * CheckpointSizeBytesDefault;

    /// <summary>Batches that wait for one shard, together.</summary>
    public const long WriteQueueSizeBytesMax = 64L * 1024 * 1024;

    public const int LinkSliceRowsMin = 1, LinkSliceRowsDefault = 64, LinkSliceRowsMax = 10_000;
}
