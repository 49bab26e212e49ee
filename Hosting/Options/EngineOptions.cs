using System.ComponentModel.DataAnnotations;

namespace JadeVector.Hosting.Options;

/// <summary>Section <c>Jade:Engine</c>: how much of the machine the engine uses.</summary>
public sealed class EngineOptions
{
    public const string Section = "Jade:Engine";

    /// <summary>Threads for searches; 0 is one for each core.</summary>
    [Range(0, 1024)]
    public int SearchThreads { get; set; }

    /// <summary>Bytes of new vectors in a shard, in MiB, after which they become a segment.</summary>
    [Range(1, 16 * 1024)]
    public int CheckpointMebibytes { get; set; } = 256;

    /// <summary>How far behind its owner a replica may be and still answer eventual reads, in milliseconds.</summary>
    [Range(1_000, 3_600_000)]
    public int ReplicaLagMilliseconds { get; set; } = 2_000;
}
