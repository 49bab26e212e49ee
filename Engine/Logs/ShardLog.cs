using System.Runtime.CompilerServices;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;
using JadeVector.Engine.Witnesses;

namespace JadeVector.Engine.Logs;

// The one owner object of a shard's durable state. What holds, whoever else believes to own the shard:
//
//   Open      reads the manifest and writes nothing. Any number of logs may be open on one shard; each can replay.
//   Acquire   fence first, then swap. FENCE is appended to the last log of the chain wherever its end is; from then on the old
//             owner's conditional appends fail, because the length they expect is gone. What landed before the FENCE exists and is
//             read; what lands behind it does not exist. Then a fresh log is made and the manifest swapped under If-Match: epoch
//             + 1, a nonce of our own, the lengths of the old logs. Only the winner of the swap writes, to a log that no one else
//             has ever known. Dying between fence and swap leaves a fenced log that the next one finds and need not fence again.
//   Append    conditional on the length (LogWriter): durable, fenced, or in doubt; in doubt nothing else is sent.
//   Roll      the next log is made, then a ROLL appended to the live one. The manifest keeps naming the log it names: the chain of
//             ROLLs leads on. A log without a ROLL that leads to it is garbage.
//   Checkpoint  a manifest swap that names the new segments and only the logs behind them. It proves ownership as it goes: after
//             another owner's swap it cannot win.
//   Unborn    a shard that nobody has written to needs no blob: it is opened from what the control plane says, and the control plane
//             makes it when it is acquired for the first time. A manifest of epoch 0 was made and never owned: the maker may have died before
//             it was sure that the database still exists, so whoever acquires it first asks the control plane as well.
//   Witness   (ShardLog.Witness.cs) what the store shows is held against what this node has seen of it before.
//   Verify    the manifest still has our epoch and nonce, and there is no FENCE behind what we wrote.
//
// A swap that another checkpoint or owner has overtaken is never repaired in place: the object says "fenced" and is thrown away,
// and a new one opens from the manifest.

/// <summary>The one owner object of a shard's durable state; see the page at the top of ShardLog.cs.</summary>
/// <remarks>
/// All members may be called from several threads, except that <see cref="ReplayAsync"/> and <see cref="AcquireAsync"/> come one after the other.
/// Damage is thrown as <see cref="BlobDamagedException"/> with the blob's name and the offset.
/// </remarks>
internal sealed partial class ShardLog
{
    private readonly StoreCalls _store;
    private readonly ManifestStore _manifests;
    private readonly LogCursor _cursor;
    private readonly AsyncGate _ownership = new(); // one acquisition or checkpoint at a time
    private readonly Queue<LogFrame> _found = new(); // read while acquiring, not yet given to the shard
    private volatile ShardManifest _manifest;
    private ulong _followed; // EditNonce of the manifest whose logs the cursor reads
    private volatile LogWriter? _writer;
    private volatile bool _fenced;
    private int _reading;
    private readonly IShardBirths? _births;
    private volatile bool _isUnborn; // there is no manifest yet: _manifest says what the first one will

    private ShardLog(StoreCalls store, ShardAddress address, ShardManifest manifest, IShardBirths? births, ShardSighting seen)
    {
        _births = births;
        _store = store;
        _seen = seen;
        Address = address;
        _manifests = new ManifestStore(store, address, isWitnessed: true);
        _manifest = manifest;
        Followed = manifest;
        _followed = manifest.EditNonce;
        _cursor = new LogCursor(store, address);
        _cursor.Start(manifest);
    }

    public ShardAddress Address { get; }

    /// <summary>As it was opened; once owned, as this owner last wrote it.</summary>
    public ShardManifest Manifest => _manifest;

    /// <summary>The last sequence number known to be durable: of the frames replayed, found while acquiring, or appended.</summary>
    public ulong LastSequence => _writer is { } writer ? writer.Logs.Live.NextSequence - 1 : _cursor.LastSequence;

    /// <summary>Whether <see cref="AcquireAsync"/> has succeeded and no fence was seen since.</summary>
    public bool IsOwner => _writer is not null && !IsFenced;

    public bool IsFenced => _fenced || _writer is { IsFenced: true };

    /// <summary>Whether the fate of an append is open.</summary>
    public bool HasPending => _writer is { HasPending: true };

    /// <summary>Bytes in the logs since the last checkpoint: what a restart would replay.</summary>
    public long UncoveredSizeBytes => _writer is { } writer
        ? writer.Logs.Ended.Sum(l => l.LengthBytes) + writer.Logs.Live.Offset
        : _cursor.Passed.Sum(l => l.LengthBytes) + (_cursor.Tail?.Position.Offset ?? 0);

    /// <summary>Frames since the last checkpoint.</summary>
    public ulong UncoveredFrames => LastSequence - _manifest.CoveredSequence;

    /// <summary>Reads the manifest; writes nothing.</summary>
    /// <param name="context">Where and with what.</param>
    /// <param name="address">Of the shard.</param>
    /// <param name="options">When logs roll over and how patiently the store is asked.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <param name="births">Asked when there is no manifest, or one that nobody has ever owned.</param>
    /// <exception cref="RefusalException"><c>gone</c>: there is no such shard or it is being deleted; <c>storage_unavailable</c>; <c>store_rolled_back</c>.</exception>
    public static async Task<ShardLog> OpenAsync(
        EngineContext context, ShardAddress address, ShardLogOptions options, CancellationToken cancellation, IShardBirths? births = null)
    {
        var store = new StoreCalls(context, options.Validated());
        var manifests = new ManifestStore(store, address, isWitnessed: true);
        var seen = store.Witness.Find(address);
        var read = await manifests.ReadAsync(store.DefaultDeadline, cancellation);
        if (read is null && births is not null && await births.FindAsync() is { } birth)
        {
            return seen == ShardSighting.None
                ? new ShardLog(store, address, ManifestOf(address, birth), births, seen) { _isUnborn = true }
                : throw RolledBack(address, $"it has no manifest, and one of edit {seen.EditCounter} was seen before");
        }

        return read is { Manifest.State: not ShardState.Deleting } living ? new ShardLog(store, address, living.Manifest, births, seen) : throw manifests.Gone();
    }

    /// <summary>Reads the beginning of the first log, so that <see cref="ReplayAsync"/> has it at hand.</summary>
    public async Task BeginReplayAsync(CancellationToken cancellation)
    {
        if (_isUnborn)
        {
            return;
        }

        BeginReading();
        try
        {
            await _cursor.BeginAsync(_store.DefaultDeadline, cancellation);
        }
        catch (LogMissingException missing)
        {
            throw await MovedOnAsync(missing, _store.DefaultDeadline, cancellation);
        }
        catch (BlobDamagedException damage)
        {
            throw await ExplainAsync(damage, _store.DefaultDeadline, cancellation);
        }
        finally
        {
            EndReading();
        }
    }

    /// <summary>
    /// Every frame after the checkpoint, in order of sequence. Called again it goes on after the last frame it gave. A frame's
    /// payload shares its memory with others that were read with it: copy what outlives the loop.
    /// </summary>
    /// <exception cref="RefusalException"><c>fenced</c>: the logs were dropped by another owner's checkpoint meanwhile: open a new one.</exception>
    public async IAsyncEnumerable<LogFrame> ReplayAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        BeginReading();
        try
        {
            while (_found.TryDequeue(out var found))
            {
                yield return found; // by an acquisition that did not get to its end
            }

            while (await NextAsync(_store.DefaultDeadline, cancellation) is { } frame)
            {
                yield return frame;
            }

            Witness();
        }
        finally
        {
            EndReading();
        }
    }

    /// <summary>Writes frames as one append, all or nothing. Rolls the log over by itself. Calls take effect one at a time.</summary>
    /// <param name="group">
    /// Contiguous in sequence from <see cref="LastSequence"/> + 1; together at most <see cref="BlobLimits.AppendSizeBytesMax"/> with
    /// overhead. What stays pending is a copy.
    /// </param>
    /// <exception cref="OperationCanceledException">
    /// Cancelled before anything of the group was sent; later a cancellation is <see cref="AppendOutcome.OutcomeUnknown"/>.
    /// </exception>
    public Task<AppendOutcome> AppendAsync(IReadOnlyList<FrameDraft> group, DateTimeOffset deadline, CancellationToken cancellation) =>
        _fenced ? Task.FromResult(AppendOutcome.Fenced) : Writer().AppendAsync(group, deadline, cancellation);

    /// <summary>Finds out what became of the pending group, if there is one.</summary>
    /// <returns>Durable: nothing is pending any more (see <see cref="TakeLateFrames"/>); Fenced; Unavailable: still open.</returns>
    public Task<AppendOutcome> ResolvePendingAsync(DateTimeOffset deadline, CancellationToken cancellation) =>
        _fenced ? Task.FromResult(AppendOutcome.Fenced) : Writer().ResolvePendingAsync(deadline, cancellation);

    /// <summary>Frames answered with OutcomeUnknown that turned out durable, once each, in order: apply them before the next append.</summary>
    public IReadOnlyList<LogFrame> TakeLateFrames() => _writer?.TakeLateFrames() ?? [];

    private LogWriter Writer() => _writer ?? throw new InvalidOperationException("Acquire the log before writing to it.");

    private async Task<LogFrame?> NextAsync(DateTimeOffset deadline, CancellationToken cancellation)
    {
        if (_isUnborn)
        {
            return null;
        }

        try
        {
            return await _cursor.NextAsync(deadline, cancellation);
        }
        catch (LogMissingException missing)
        {
            throw await MovedOnAsync(missing, deadline, cancellation);
        }
        catch (BlobDamagedException damage)
        {
            throw await ExplainAsync(damage, deadline, cancellation);
        }
    }

    /// <summary>A log is not there: because the shard went on without us, or because it is lost.</summary>
    private async Task<Exception> MovedOnAsync(LogMissingException missing, DateTimeOffset deadline, CancellationToken cancellation)
    {
        var current = await _manifests.ReadLivingAsync(deadline, cancellation);
        return current.Manifest.EditNonce == _followed
            ? await ExplainAsync(new BlobDamagedException(missing.Blob, "it is missing though the manifest leads to it"), deadline, cancellation)
            : Fenced("its logs were dropped by another owner's checkpoint");
    }

    private RefusalException Fenced(string why)
    {
        _fenced = true;
        _writer?.MarkFenced();
        return new RefusalException(RefusalCodes.Fenced, $"This owner of shard {Address} is out of date: {why}. Open the shard anew.");
    }

    private void BeginReading()
    {
        if (Interlocked.Exchange(ref _reading, 1) == 1)
        {
            throw new InvalidOperationException("The log is being read already: replay and acquisition come one after the other.");
        }
    }

    private void EndReading() => Volatile.Write(ref _reading, 0);
}
