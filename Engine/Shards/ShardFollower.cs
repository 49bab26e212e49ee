using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Logs;

namespace JadeVector.Engine.Shards;

// A copy of a shard on a node that does not own it. It never writes, fences, checkpoints or collects: it reads the log as the owner
// appends to it, and so is at every moment the shard as it was after some write, never a mixture.
//
//   Turn      one reading to the end of the log, one turn at a time. Every so often without being asked (FollowInBackgroundAsync), and
//             for a bounded or strong read, which is as good here as at the owner: a write is acknowledged when it is in the log, and
//             a new owner fences the log before it writes elsewhere, so whoever has read to the end has missed no acknowledged write.
//   Replace   when a checkpoint has dropped logs before they were read, and after damage, the shard is opened anew from its manifest
//             and takes the place of the old one when it is no older. Readers of the old one end in peace.
//   Refresh   the same without need, beside the turns: a checkpoint or compaction has made segments of what this copy has in memory.

/// <summary>A read copy that follows the owner's log; see the page at the top of ShardFollower.cs. Safe for use from several threads.</summary>
public sealed class ShardFollower : IShardReader
{
    private static readonly TimeSpan MinSequencePause = TimeSpan.FromMilliseconds(20);

    private readonly EngineContext _context;
    private readonly ShardOptions _options;
    private readonly FollowerOptions _pace;
    private readonly OwnershipChecks _checks;
    private readonly AsyncGate _turn = new();
    private readonly CancellationTokenSource _closing = new();
    private volatile Shard _shard;
    private volatile RefusalException? _problem;
    private long _completeAt; // timestamp at or after which nothing acknowledged is missing
    private long _manifestAt;
    private Task _refreshing = Task.CompletedTask;
    private Task _following = Task.CompletedTask;
    private int _closed;

    private ShardFollower(EngineContext context, ShardOptions options, FollowerOptions pace, Shard shard, long openedAt)
    {
        _context = context;
        _options = options;
        _pace = pace;
        _shard = shard;
        _completeAt = _manifestAt = openedAt;
        _checks = new OwnershipChecks(() => TurnAsync(verify: true, _closing.Token), context.Clock, options.OwnershipAgeMax);
    }

    public ShardAddress Address => _shard.Address;

    /// <inheritdoc/>
    public long MapVersion => _shard.MapVersion;

    /// <summary>The shard is gone. From everything else this object recovers by itself.</summary>
    public bool MustReopen => _problem is { Code: RefusalCodes.Gone };

    public ShardStats Stats => Read(0, static (shard, _) => shard.Stats);

    public long MemoryBytes => _shard.MemoryBytes;

    public long NativeBytes => _shard.NativeBytes;

    /// <summary>How long ago nothing acknowledged was missing.</summary>
    public TimeSpan Lag => _context.Clock.GetElapsedTime(Interlocked.Read(ref _completeAt));

    /// <summary>Why the last look at the log failed; null after one that did not.</summary>
    public RefusalException? Problem => _problem;

    /// <summary>Opens the shard for reading and begins to follow.</summary>
    /// <exception cref="RefusalException"><c>gone</c>, <c>storage_unavailable</c>, <c>shard_damaged</c> (naming the blob).</exception>
    public static async Task<ShardFollower> OpenAsync(
        EngineContext context, ShardAddress address, ShardOptions options, FollowerOptions pace, CancellationToken cancellation)
    {
        pace.Validated();
        var openedAt = context.Clock.GetTimestamp();
        var shard = await Shard.OpenAsync(context, address, options, cancellation);
        var follower = new ShardFollower(context, options, pace, shard, openedAt);
        follower._following = follower.FollowInBackgroundAsync();
        return follower;
    }

    /// <inheritdoc/>
    public async Task EnsureReadableAsync(ReadGuarantee guarantee, ulong minSequence, DateTimeOffset deadline, CancellationToken cancellation)
    {
        if (guarantee is ReadGuarantee.Eventual && _shard.VisibleSequence >= minSequence)
        {
            ThrowIfLagging();
            return;
        }

        var left = deadline - _context.Clock.GetUtcNow();
        if (left <= TimeSpan.Zero)
            throw Late();
        using var late = new CancellationTokenSource(left < _options.CallTimeoutMax ? left : _options.CallTimeoutMax, _context.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _closing.Token, cancellation);
        try
        {
            if (guarantee is not ReadGuarantee.Eventual)
                await _checks.EnsureAsync(guarantee is ReadGuarantee.Strong, either.Token);
            while (_shard.VisibleSequence < minSequence)
            {
                await TurnAsync(verify: false, either.Token);
                if (_shard.VisibleSequence < minSequence)
                    await Task.Delay(MinSequencePause, _context.Clock, either.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw _closing.IsCancellationRequested ? Closed() : Late();
        }
    }

    /// <inheritdoc/>
    public SearchOutcome Search(ShardQuery query, CancellationToken cancellation) =>
        Read((query, cancellation), static (shard, search) => shard.Search(search.query, search.cancellation));

    /// <inheritdoc/>
    public VectorRow?[] Get(IReadOnlyList<ReadOnlyMemory<byte>> ids, bool includeValues, bool includeMetadata) =>
        Read((ids, includeValues, includeMetadata), static (shard, get) => shard.Get(get.ids, get.includeValues, get.includeMetadata));

    /// <inheritdoc/>
    public VectorRowPage List(ulong? afterCursor, long skip, int limit, bool includeValues, bool includeMetadata) =>
        Read(
            (afterCursor, skip, limit, includeValues, includeMetadata),
            static (shard, list) => shard.List(list.afterCursor, list.skip, list.limit, list.includeValues, list.includeMetadata));

    public async ValueTask DisposeAsync()
    {
        if (!BeginClosing())
            return;
        await _following;
        await _turn.WaitAsync();
        await _refreshing;
        await _shard.DisposeAsync();
        _turn.Release();
    }

    private bool BeginClosing()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 1)
            return false;
        _closing.Cancel();
        return true;
    }

    /// <summary>Reads from the shard of this moment; from its successor when it is replaced before the read has begun.</summary>
    private TResult Read<TArgument, TResult>(TArgument argument, Func<Shard, TArgument, TResult> read)
    {
        while (true)
        {
            var shard = _shard;
            try
            {
                return read(shard, argument);
            }
            catch (RefusalException closed) when (closed.Code is RefusalCodes.Loading && !ReferenceEquals(shard, _shard))
            {
                // Closed because it was replaced.
            }
        }
    }

    private async Task FollowInBackgroundAsync()
    {
        var pause = _pace.PauseMin;
        while (true)
        {
            var before = _shard.VisibleSequence;
            try
            {
                await Task.Delay(pause, _context.Clock, _closing.Token);
                var verify = _context.Clock.GetElapsedTime(_manifestAt) >= _pace.ManifestPause;
                await TurnAsync(verify, _closing.Token);
                if (verify)
                    RefreshIfOutdated();
                pause = _shard.VisibleSequence > before ? _pace.PauseMin : Smaller(2 * pause, _pace.PauseMax);
            }
            catch (OperationCanceledException) when (_closing.IsCancellationRequested)
            {
                return;
            }
            catch (Exception problem) when (problem is RefusalException or OperationCanceledException)
            {
                if (MustReopen)
                    return;
                pause = _pace.RetryPause; // the reason is in Problem; if it lasts, reads are refused
            }
        }
    }

    /// <summary>Reads to the end of the log; after it nothing is missing that was acknowledged before the call.</summary>
    private async Task TurnAsync(bool verify, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            var beganAt = _context.Clock.GetTimestamp();
            if (_shard.MustReopen || !await TryFollowAsync(verify, cancellation))
                await ReplaceAsync(await OpenAsync(cancellation));
            Interlocked.Exchange(ref _completeAt, beganAt);
            if (verify)
                _manifestAt = beganAt;
            _problem = null;
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            _problem = problem as RefusalException ?? Shard.Refusal(Address, problem);
            throw _problem;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <returns>False when the shard has to be opened anew, from a newer manifest or to make sure of the damage.</returns>
    private async Task<bool> TryFollowAsync(bool verify, CancellationToken cancellation)
    {
        try
        {
            await _shard.FollowAsync(verify, cancellation);
            return true;
        }
        catch (Exception problem) when (problem is RefusalException { Code: RefusalCodes.Fenced } or BlobDamagedException or InvalidDataException)
        {
            return false;
        }
    }

    private Task<Shard> OpenAsync(CancellationToken cancellation) => Shard.OpenAsync(_context, Address, _options, cancellation);

    /// <summary>With the turn in hand.</summary>
    private async Task ReplaceAsync(Shard fresh)
    {
        var old = _shard;
        if (fresh.VisibleSequence < old.VisibleSequence)
        {
            var (shows, has) = (old.VisibleSequence, fresh.VisibleSequence);
            await fresh.DisposeAsync();
            throw ShardLog.RolledBack(Address, $"its last sequence number is {has}, and {shows} was read from it before");
        }

        _shard = fresh;
        await old.DisposeAsync();
    }

    private void RefreshIfOutdated()
    {
        if (_shard.IsOutdated && _refreshing.IsCompleted)
            _refreshing = RefreshAsync();
    }

    /// <summary>Turns go on while the newer one is opened.</summary>
    private async Task RefreshAsync()
    {
        Shard? fresh = null;
        try
        {
            fresh = await OpenAsync(_closing.Token);
            await _turn.WaitAsync(_closing.Token);
            try
            {
                await fresh.FollowAsync(verify: false, _closing.Token);
                await ReplaceAsync(fresh);
                fresh = null;
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (Exception problem) when (problem is RefusalException or BlobDamagedException or InvalidDataException or OperationCanceledException)
        {
            // Nothing is lost: the old one goes on, and the next reading of the manifest tries again or says what is wrong.
            if (fresh is not null)
                await fresh.DisposeAsync();
        }
    }

    private void ThrowIfLagging()
    {
        if (_closing.IsCancellationRequested)
            throw Closed();
        if (Lag is var lag && lag <= _pace.LagMax)
            return;
        throw _problem is { Code: RefusalCodes.ShardDamaged or RefusalCodes.StoreRolledBack or RefusalCodes.Gone } problem
            ? problem
            : new RefusalException(RefusalCodes.Lagging, $"This copy of shard {Address} is {lag.TotalSeconds:0.0} s behind; {_pace.LagMax.TotalSeconds:0.0} s are allowed.");
    }

    private static TimeSpan Smaller(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private RefusalException Closed() => new(RefusalCodes.Loading, $"This copy of shard {Address} is being closed on this node; ask again.");

    private static RefusalException Late() => new(RefusalCodes.DeadlineExceeded, "The deadline passed before the read could begin.");
}
