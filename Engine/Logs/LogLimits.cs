using JadeVector.Engine.Blobs;

namespace JadeVector.Engine.Logs;

public static class LogLimits
{
    /// <summary>Header and trailer of a frame.</summary>
    public const int FrameOverheadBytes = 88;

    /// <summary>Largest payload of one frame; frames that leave together fit into <see cref="BlobLimits.AppendSizeBytesMax"/> with their overhead.</summary>
    public const int PayloadSizeBytesMax = BlobLimits.AppendSizeBytesMax - FrameOverheadBytes;

    public const long LogSizeBytesMin = 4 * 1024, LogSizeBytesDefault = 64L * 1024 * 1024, LogSizeBytesMax = 1024L * 1024 * 1024;

    /// <summary>The default and the most leave a thousand appends below the store's own limit for ROLL and for fences.</summary>
    public const int AppendCountMin = 2, AppendCountDefault = 49_000, AppendCountMax = BlobLimits.AppendCountMax - 1_000;
}
