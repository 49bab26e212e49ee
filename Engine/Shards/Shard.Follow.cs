namespace JadeVector.Engine.Shards;

// Reading on behind another owner; see ShardFollower.
public sealed partial class Shard
{
    /// <summary>The last sequence number that readers see.</summary>
    internal ulong VisibleSequence => Volatile.Read(ref _view)?.Sequence ?? 0;

    /// <summary>Whether opening the shard anew would find newer segments or another range than this object was opened with.</summary>
    internal bool IsOutdated
    {
        get
        {
            var (opened, now) = (_log.Manifest, _log.Followed);
            return opened.EditNonce != now.EditNonce
                && (opened.MapVersion != now.MapVersion || opened.CoveredSequence != now.CoveredSequence || !opened.Segments.SequenceEqual(now.Segments));
        }
    }

    /// <summary>Applies and shows what was written since, up to at least everything acknowledged before the call. Only for a shard that is never written through this object.</summary>
    /// <param name="verify">See <see cref="Logs.ShardLog.FollowAsync"/>.</param>
    /// <param name="cancellation">Ends it; what was applied until then shows with the next call.</param>
    /// <exception cref="RefusalException"><c>fenced</c>: open it anew; <c>gone</c>; <c>storage_unavailable</c>; <c>loading</c>.</exception>
    internal async Task FollowAsync(bool verify, CancellationToken cancellation)
    {
        await _writer.WaitAsync(cancellation);
        try
        {
            ThrowIfUnusable();
            await foreach (var frame in _log.FollowAsync(verify, cancellation))
                ApplyKnown(frame);
            if (_sequence == VisibleSequence)
                return;
            PublishSequence();
            _growing.Linker.Start();
        }
        finally
        {
            _writer.Release();
        }
    }
}
