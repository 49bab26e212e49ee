using System.Runtime.CompilerServices;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Manifests;

namespace JadeVector.Engine.Logs;

/// <summary>Reading on, for one who never writes: through rolls, fences, checkpoints and new owners.</summary>
internal sealed partial class ShardLog
{
    /// <summary>The manifest last read: as it was opened, until following finds a newer one.</summary>
    public ShardManifest Followed { get; private set; }

    /// <summary>
    /// Every frame since the last that was given. When it ends, everything that was acknowledged before the call has been given: a write is
    /// acknowledged when it is in the log, and a new owner fences the log before it writes elsewhere. Nothing new costs one question.
    /// </summary>
    /// <param name="verify">Reads the manifest as well, for the log that has no room for a FENCE; and learns of newer checkpoints by it.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="RefusalException"><c>fenced</c>: a checkpoint has dropped logs before they were read: open a new one; <c>gone</c>; <c>storage_unavailable</c>.</exception>
    public async IAsyncEnumerable<LogFrame> FollowAsync(bool verify, [EnumeratorCancellation] CancellationToken cancellation)
    {
        BeginReading();
        try
        {
            var deadline = _store.DefaultDeadline;
            var doubt = await MeasureTailAsync(deadline, cancellation);
            while (true)
            {
                var (frame, missing) = await NextOrMissingAsync(deadline, cancellation);
                if (frame is not null)
                {
                    yield return frame;
                    continue;
                }

                doubt = missing ?? doubt;
                if (doubt is null && !verify && _cursor.Tail!.End is LogEnd.Open)
                {
                    SawLog(_store, Address, _cursor.Tail.Position);
                    yield break;
                }

                var manifest = (await _manifests.ReadLivingAsync(deadline, cancellation)).Manifest;
                if (manifest.EditNonce == Followed.EditNonce)
                {
                    if (doubt is not null)
                    {
                        throw doubt;
                    }

                    SawLog(_store, Address, _cursor.Tail!.Position);
                    yield break; // nobody writes behind a FENCE, and no new owner had come when the manifest was read
                }

                Follow(manifest);
                doubt = null;
            }
        }
        finally
        {
            EndReading();
        }
    }

    /// <summary>Asks how long the log is that was read last, so that reading it ends there.</summary>
    /// <returns>What is wrong with it, unless a newer manifest explains it.</returns>
    private async Task<BlobDamagedException?> MeasureTailAsync(DateTimeOffset deadline, CancellationToken cancellation)
    {
        if (_cursor.Tail is not { End: LogEnd.Open, Position: var known } tail)
        {
            return null;
        }

        var length = await _store.RetryAsync(token => _store.Blobs.GetLengthAsync(known.Log.Blob, token), deadline, cancellation);
        tail.ReadUpTo(Math.Max(length ?? 0, known.Offset));
        return length >= known.Offset ? null : new BlobDamagedException(known.Log.Blob, $"it has {length ?? 0} bytes, {known.Offset} have been read before");
    }

    private async Task<(LogFrame? Frame, BlobDamagedException? Missing)> NextOrMissingAsync(DateTimeOffset deadline, CancellationToken cancellation)
    {
        try
        {
            return (await _cursor.NextAsync(deadline, cancellation), null);
        }
        catch (LogMissingException missing)
        {
            return (null, new BlobDamagedException(missing.Blob, "it is missing though the manifest leads to it"));
        }
    }

    private void Follow(ShardManifest manifest)
    {
        if (!_cursor.TryFollow(manifest))
        {
            throw Fenced("its logs were dropped by a checkpoint before they were read");
        }

        Followed = manifest;
        _followed = manifest.EditNonce;
    }
}
