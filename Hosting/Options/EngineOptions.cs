using System.ComponentModel.DataAnnotations;

namespace JadeVector.Hosting.Options;

/// <summary>Section <c>Jade:Engine</c>: how much of the machine the engine uses.</summary>
public sealed class EngineOptions
{
    public const string Section = "Jade:Engine";

    /// <summary>Threads for searches; 0 is one for each core.</summary>
    [Range(0, 1024)]
    public int SearchThreads { get; set; }

    /// <summary>How long searches may wait for a thread, in milliseconds, before the node takes fewer in: what a crowd may add to their time.</summary>
    [Range(1, 60_000)]
    public int SearchWaitMilliseconds { get; set; } = 250;

    /// <summary>A database that nobody has asked for anything for so long is closed and costs no memory; the next request opens it again.</summary>
    [Range(1, 30 * 24 * 3600)]
    public int IdleSeconds { get; set; } = 900;

    /// <summary>
    /// Memory for vectors, graphs and codes, in MiB; 0 is three quarters of what the process may have. Beyond it databases that nobody uses just
    /// now are closed, and then writes are refused. Mapped segments do not count: the system takes them back by itself.
    /// </summary>
    [Range(0, 64 * 1024 * 1024)]
    public int MemoryMebibytes { get; set; }

    internal long MemoryBytes => MemoryMebibytes > 0 ? MemoryMebibytes * 1024L * 1024L : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 * 3;

    /// <summary>Bytes of new vectors in a shard, in MiB, after which they become a segment.</summary>
    [Range(1, 16 * 1024)]
    public int CheckpointMebibytes { get; set; } = 256;

    /// <summary>How far behind its owner a replica may be and still answer eventual reads, in milliseconds.</summary>
    [Range(1_000, 3_600_000)]
    public int ReplicaLagMilliseconds { get; set; } = 2_000;
}
