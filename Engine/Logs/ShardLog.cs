using JadeVector.Engine.Determinism;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Logs;

/// <summary>The one owner object of a shard's durable state.</summary>
internal sealed class ShardLog
{
    /// <summary>Reads the manifest; writes nothing.</summary>
    /// <exception cref="RefusalException"><c>gone</c>: there is no such shard or it is being deleted.</exception>
    public static Task<ShardLog> OpenAsync(EngineContext context, ShardAddress address, ShardLogOptions options, CancellationToken cancellation) =>
        throw new NotImplementedException();

    public ShardAddress Address => throw new NotImplementedException();

    /// <summary>As last read or written by this object.</summary>
    public ShardManifest Manifest => throw new NotImplementedException();

    /// <summary>The last sequence number known to be durable: of the frames replayed, found while acquiring, or appended.</summary>
    public ulong LastSequence => throw new NotImplementedException();

    /// <summary>Whether <see cref="AcquireAsync"/> has succeeded and no fence was seen since.</summary>
    public bool IsOwner => throw new NotImplementedException();

    public bool IsFenced => throw new NotImplementedException();

    /// <summary>Whether the fate of a group is open.</summary>
    public bool HasPending => throw new NotImplementedException();

    /// <summary>Bytes of frames since the last checkpoint: what a restart would replay.</summary>
    public long UncoveredSizeBytes => throw new NotImplementedException();

    /// <summary>Every frame after the checkpoint, in order of sequence. Called again it goes on after the last frame it gave.</summary>
    public IAsyncEnumerable<LogFrame> ReplayAsync(CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>
    /// Becomes the owner: fences the log, then swaps the manifest. Replay must have ended. Repeating it is harmless.
    /// </summary>
    /// <returns>Frames that landed after replay and before the fence: apply them before anything else.</returns>
    /// <exception cref="RefusalException">
    /// <c>fenced</c>: another owner was faster or has made a checkpoint since this log was opened: open a new one;
    /// <c>gone</c>; <c>storage_unavailable</c>: not known whether it took effect, call it again.
    /// </exception>
    public Task<IReadOnlyList<LogFrame>> AcquireAsync(DateTimeOffset deadline, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Writes frames as one append, all or nothing. Rolls the log over by itself. One call at a time takes effect; others wait.</summary>
    /// <param name="group">Contiguous in sequence from <see cref="LastSequence"/> + 1; together at most <see cref="Blobs.BlobLimits.AppendSizeBytesMax"/> with overhead.</param>
    public Task<AppendOutcome> AppendAsync(IReadOnlyList<FrameDraft> group, DateTimeOffset deadline, CancellationToken cancellation) =>
        throw new NotImplementedException();

    /// <summary>Finds out what became of the pending group, if there is one.</summary>
    /// <returns>Durable: nothing is pending any more (see <see cref="TakeLateFrames"/>); Fenced; Unavailable: still open.</returns>
    public Task<AppendOutcome> ResolvePendingAsync(DateTimeOffset deadline, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Frames answered with OutcomeUnknown that turned out durable, once each: apply them before the next append.</summary>
    public IReadOnlyList<LogFrame> TakeLateFrames() => throw new NotImplementedException();

    /// <summary>Asks the store whether this object still speaks for the shard.</summary>
    /// <exception cref="RefusalException"><c>fenced</c>, <c>gone</c>; <c>storage_unavailable</c>: the store did not answer within the deadline.</exception>
    public Task VerifyOwnershipAsync(DateTimeOffset deadline, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Ends the live log and goes on in a new one, so that a checkpoint can drop the old.</summary>
    /// <returns>Durable, Fenced, or Unavailable (not yet: call it again), and the last sequence number in the ended logs.</returns>
    public Task<(AppendOutcome Outcome, ulong LastSequence)> RollAsync(DateTimeOffset deadline, CancellationToken cancellation) => throw new NotImplementedException();

    /// <summary>Puts a checkpoint into effect by a manifest swap, then deletes what is no longer named.</summary>
    /// <exception cref="RefusalException">
    /// <c>fenced</c>, <c>gone</c>: it did not take effect; <c>storage_unavailable</c>: it may yet: keep its blobs and install again (or a later one).
    /// </exception>
    public Task InstallCheckpointAsync(CheckpointEdit edit, DateTimeOffset deadline, CancellationToken cancellation) => throw new NotImplementedException();
}
