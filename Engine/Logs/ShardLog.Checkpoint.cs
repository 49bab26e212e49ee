using JadeVector.Engine.Manifests;

namespace JadeVector.Engine.Logs;

/// <summary>Rolling, the swaps of checkpoints and compactions, and proof of ownership.</summary>
internal sealed partial class ShardLog
{
    private const int InstallAttemptsMax = 8;

    private readonly List<ShardManifest> _overtaken = []; // what they name the owner may still work with, until a checkpoint says what is kept

    /// <summary>
    /// Ends the live log and goes on in a new one (an empty one stays as it is), so that a checkpoint of everything before can drop
    /// the old. The boundary includes frames whose append has ended and whose caller may not have applied them yet.
    /// </summary>
    /// <returns>Durable with the boundary; Fenced; Unavailable (not yet) or Outdated (take the late frames first): call it again.</returns>
    public async Task<(AppendOutcome Outcome, LogBoundary? Boundary)> RollAsync(DateTimeOffset deadline, CancellationToken cancellation)
    {
        if (_fenced)
        {
            return (AppendOutcome.Fenced, null);
        }

        LogBoundary? boundary = null;
        var outcome = await Writer().RollAsync(
            live => boundary = new LogBoundary(live.Header.FirstSequence - 1, live.Log.Name), deadline, cancellation);
        return (outcome, boundary);
    }

    /// <summary>Puts a checkpoint into effect by a manifest swap, then deletes what is no longer named.</summary>
    /// <exception cref="RefusalException">
    /// <c>fenced</c>, <c>gone</c>: it did not take effect; <c>storage_unavailable</c>: it may yet: keep its blobs and install it (or a later one) again.
    /// </exception>
    public Task InstallCheckpointAsync(CheckpointEdit edit, DateTimeOffset deadline, CancellationToken cancellation) =>
        InstallAsync(current => Apply(edit, current, Writer().Logs), deadline, cancellation, settles: true);

    /// <summary>Puts one segment (or none) in place of some with the same content, then deletes what is no longer named.</summary>
    /// <exception cref="RefusalException">
    /// <c>fenced</c>, <c>gone</c>: it did not take effect; <c>storage_unavailable</c>: it may yet: keep its blobs and go on with the old segments;
    /// <c>conflict</c>: an edit of unknown outcome has taken effect before: only a checkpoint can follow it.
    /// </exception>
    public async Task InstallCompactionAsync(CompactionEdit edit, DateTimeOffset deadline, CancellationToken cancellation)
    {
        try
        {
            await InstallAsync(current => Apply(edit, current), deadline, cancellation);
        }
        catch (RefusalException refused) when (refused.Code == RefusalCodes.Conflict && edit.By is { } never)
        {
            await _store.DeleteGarbageAsync(new[] { ShardBlobs.RowsOf(never.Name), never.DeletesBlob }.OfType<string>().Select(Address.Blob));
            throw;
        }
    }

    /// <summary>Goes on without the remembered request ids: for a repair, when they cannot be read.</summary>
    public Task ForgetRequestsAsync(DateTimeOffset deadline, CancellationToken cancellation) =>
        InstallAsync(current => current with { RequestsBlob = null }, deadline, cancellation);

    /// <param name="settles">The edit says what the segments are, whatever stood before. Until one does, those of an owner that does not know of an edit that took effect stay.</param>
    private async Task InstallAsync(Func<ShardManifest, ShardManifest> apply, DateTimeOffset deadline, CancellationToken cancellation, bool settles = false)
    {
        var writer = Writer();
        if (!await _ownership.TryEnterAsync(_store.Clock, deadline, cancellation))
        {
            throw StoreCalls.Unavailable(new TimeoutException("another edit of the manifest is under way"));
        }

        try
        {
            for (var attempt = 0; attempt < InstallAttemptsMax; attempt++)
            {
                var current = await ReadOwnedAsync(deadline, cancellation);
                var next = apply(current.Manifest) with
                {
                    EditCounter = current.Manifest.EditCounter + 1,
                    EditNonce = _store.Ids.NewNonce(),
                };
                var swap = await _manifests.SwapAsync(next, current, deadline, cancellation);
                if (swap.Won)
                {
                    if (_manifest.EditNonce != current.Manifest.EditNonce)
                    {
                        _overtaken.Add(_manifest); // by an edit of unknown outcome, which stood in between
                    }

                    _manifest = next;
                    ShardManifest[] before = settles ? [.. _overtaken, current.Manifest] : [current.Manifest];
                    if (settles)
                    {
                        _overtaken.Clear();
                    }

                    await DropAsync(before, next, writer);
                    return;
                }
            }
        }
        finally
        {
            _ownership.Release();
        }

        throw StoreCalls.Unavailable(new TimeoutException("the manifest kept changing"));
    }

    /// <summary>Asks the store whether this object still speaks for the shard: nobody else has acknowledged a write that it does not know of.</summary>
    /// <returns>The last sequence number in the log, when an append of our own has landed whose answer is not here yet; else 0.</returns>
    /// <exception cref="RefusalException"><c>fenced</c>, <c>gone</c>, <c>store_rolled_back</c>; <c>storage_unavailable</c>: the store did not answer within the deadline.</exception>
    public async Task<ulong> VerifyOwnershipAsync(DateTimeOffset deadline, CancellationToken cancellation)
    {
        if (_writer is { } owner)
        {
            return await VerifyAsync(owner, deadline, cancellation);
        }

        // An acquisition that is under way changes what there is to verify: first it, then this.
        if (!await _ownership.TryEnterAsync(_store.Clock, deadline, cancellation))
        {
            throw StoreCalls.Unavailable(new TimeoutException("an acquisition is under way"));
        }

        try
        {
            if (_isUnborn)
            {
                await VerifyUnbornAsync(deadline, cancellation);
                return 0;
            }

            if (_found.Count > 0)
            {
                throw Fenced("its owner has written since it was opened"); // read by a failed acquisition, never given to the shard
            }

            if (_writer is null && _cursor.Tail is null)
            {
                await BeginReplayAsync(cancellation); // an acquisition had the shard made, and got no further
            }

            return await VerifyAsync(_writer, deadline, cancellation);
        }
        finally
        {
            _ownership.Release();
        }
    }

    private async Task<ulong> VerifyAsync(LogWriter? writer, DateTimeOffset deadline, CancellationToken cancellation)
    {
        if (IsFenced)
        {
            throw Fenced("another owner has taken over");
        }

        var known = writer?.Logs.Live ?? _cursor.Tail?.Position ?? throw new InvalidOperationException("Replay the log before verifying it.");
        await ReadOwnedAsync(deadline, cancellation);
        if (writer is null && _cursor.Tail!.End == LogEnd.Fenced)
        {
            return 0; // nobody writes behind a FENCE, and no new owner has come since
        }

        var length = await _store.RetryAsync(token => _store.Blobs.GetLengthAsync(known.Log.Blob, token), deadline, cancellation);
        if (length == known.Offset)
        {
            return 0;
        }

        if (length > known.Offset && await VerifyTailAsync(known, writer is not null, deadline, cancellation) is { } landed)
        {
            return landed;
        }

        // It is shorter than it was, or gone: dropped by our own checkpoint meanwhile, or by another owner's, or lost.
        if (writer is null || writer.Logs.Live.Log == known.Log)
        {
            await ReadOwnedAsync(deadline, cancellation);
            throw RolledBack(Address, $"log '{known.Log.Name}' has {length ?? 0} bytes, and {known.Offset} were known to be durable");
        }

        return 0;
    }

    /// <summary>There is more in the log than we know of: our own append that is under way, another owner's, or a FENCE.</summary>
    /// <returns>The last sequence number in it, 0 without a frame; null when the log has gone meanwhile.</returns>
    private async Task<ulong?> VerifyTailAsync(LogPosition known, bool isOwner, DateTimeOffset deadline, CancellationToken cancellation)
    {
        try
        {
            return await ReadTailAsync(known, isOwner, deadline, cancellation);
        }
        catch (LogMissingException)
        {
            return null;
        }
    }

    private async Task<ulong> ReadTailAsync(LogPosition known, bool isOwner, DateTimeOffset deadline, CancellationToken cancellation)
    {
        ulong last = 0;
        var reader = new LogReader(_store, known);
        while (await reader.NextAsync(deadline, cancellation) is not null)
        {
            if (!isOwner)
            {
                throw Fenced("its owner has written since it was opened");
            }

            last = reader.Position.NextSequence - 1;
        }

        // Reading without owning, a FENCE is fine: the content is what it was until a new owner swaps the manifest.
        if (isOwner ? reader.End == LogEnd.Fenced : reader.End == LogEnd.Rolled)
        {
            throw Fenced(isOwner ? "another owner is taking over" : "its owner has written since it was opened");
        }

        return last;
    }

    private async Task<VersionedManifest> ReadOwnedAsync(DateTimeOffset deadline, CancellationToken cancellation)
    {
        var current = await _manifests.ReadAsync(deadline, cancellation);
        if (IsSuperseded(current))
        {
            var refusal = Fenced("another owner has taken over");
            throw current is { Manifest.State: not ShardState.Deleting } ? refusal : _manifests.Gone();
        }

        return current!.Value;
    }

    private async Task<bool> IsSupersededAsync(DateTimeOffset deadline, CancellationToken cancellation) =>
        IsSuperseded(await _manifests.ReadAsync(deadline, cancellation));

    /// <summary>Whether the manifest speaks of another owner; for one who only reads, also of another checkpoint.</summary>
    private bool IsSuperseded(VersionedManifest? current)
    {
        if (current is not { Manifest: { State: not ShardState.Deleting } manifest })
        {
            return true;
        }

        if (_writer is null && _claim is { } claim && claim.Next.OwnerNonce == manifest.OwnerNonce)
        {
            return false; // our own swap took effect and its answer was lost: AcquireAsync will find out
        }

        return manifest.Epoch != _manifest.Epoch
            || manifest.OwnerNonce != _manifest.OwnerNonce
            || (_writer is null && manifest.LiveLog != _manifest.LiveLog);
    }

    private ShardManifest Apply(CheckpointEdit edit, ShardManifest current, OwnedLogs logs)
    {
        var boundary = edit.Boundary;
        var kept = logs.Ended.SkipWhile(l => l.Name != boundary.FirstLog).ToArray();
        var first = kept.Length > 0 ? kept[0].FirstSequence : logs.Live.Header.FirstSequence;
        if ((kept.Length == 0 && logs.Live.Log.Name != boundary.FirstLog)
            || first != boundary.LastSequence + 1
            || boundary.LastSequence < current.CoveredSequence)
        {
            throw new ArgumentException(
                $"No log of this shard begins after sequence {boundary.LastSequence} with the name '{boundary.FirstLog}'.", nameof(edit));
        }

        return current with
        {
            LiveLog = logs.Live.Log.Name,
            LiveFirstSequence = logs.Live.Header.FirstSequence,
            SealedLogs = kept,
            Segments = [.. edit.Segments],
            RequestsBlob = edit.RequestsBlob,
            CoveredSequence = boundary.LastSequence,
            CoveredAtMs = edit.CoveredAtMs,
        };
    }

    private ShardManifest Apply(CompactionEdit edit, ShardManifest current)
    {
        var replaced = current.Segments.Where(s => edit.Replaced.Contains(s.Name)).ToArray();
        if (replaced.Length != edit.Replaced.Count || current.CoveredSequence != edit.CoveredSequence)
        {
            throw new RefusalException(RefusalCodes.Conflict, $"The segments of shard {Address} are not those that were compacted: make a checkpoint first.");
        }

        var place = current.Segments.ToList().IndexOf(replaced[0]);
        if (!replaced.SequenceEqual(current.Segments.Skip(place).Take(replaced.Length)))
        {
            throw new ArgumentException("What is compacted must be neighbours: segments are in order of version.", nameof(edit));
        }

        IEnumerable<SegmentEntry> by = edit.By is { } one ? [one] : [];
        return current with { Segments = [.. current.Segments.Take(place), .. by, .. current.Segments.Skip(place + replaced.Length)] };
    }

    private async Task DropAsync(IReadOnlyList<ShardManifest> before, ShardManifest now, LogWriter writer)
    {
        // The manifest names no log that was rolled over to since: those come from the writer.
        var keptLogs = now.SealedLogs.Select(l => l.Name).Append(now.LiveLog).ToHashSet();
        var logs = writer.Logs.Ended.TakeWhile(l => !keptLogs.Contains(l.Name)).Select(l => l.Name).ToHashSet();
        writer.Drop(logs);

        // Nor does it matter to them that a pin goes which named them: the chain still leads to them.
        var live = writer.Logs.Ended.Select(l => l.Name).Append(writer.Logs.Live.Log.Name).Select(ShardBlobs.Log);
        var garbage = before.SelectMany(ShardBlobs.NamedBy).Concat(logs.Select(ShardBlobs.Log)).Except(ShardBlobs.NamedBy(now)).Except(live);
        await _store.DeleteGarbageAsync(garbage.Select(Address.Blob));
    }
}
