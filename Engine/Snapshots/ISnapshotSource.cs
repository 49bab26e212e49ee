using JadeVector.Engine.Logs;
using JadeVector.Engine.Manifests;

namespace JadeVector.Engine.Snapshots;

/// <summary>One shard's kept state, wherever it is: pinned in a store, or in a file.</summary>
internal interface ISnapshotSource
{
    /// <summary>What the state consists of.</summary>
    ShardPin Pin { get; }

    /// <summary>The hash range, map version and configuration to restore it with.</summary>
    ShardBirth Birth { get; }

    /// <summary>Ownership term whose blobs are among it, or a later one: a restored shard begins with it, so that names stay older than their owners.</summary>
    ulong Epoch { get; }

    /// <summary>Copies a blob, given its name relative to the shard, to a place of that name in another shard.</summary>
    Task CopyAsync(string relativeName, string target, CancellationToken cancellation);

    /// <summary>The frames after the covered sequence number, in order, to the pinned one.</summary>
    IAsyncEnumerable<LogFrame> FramesAsync(CancellationToken cancellation);
}
