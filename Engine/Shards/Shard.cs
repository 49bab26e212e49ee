using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Hnsw;
using JadeVector.Engine.Logs;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Memory;
using JadeVector.Engine.Segments;

namespace JadeVector.Engine.Shards;

// A shard is its log; what is in memory and in segments follows from it.
//
//   Parts     rows live in parts: segments (mapped, immutable but for deletes), sealed parts (being turned into segments), and one
//             growing part. An update is a new row and an end of the old one, both at the same sequence number.
//   View      readers take one object with the list of parts and the last sequence number that counts (ShardView) and never lock.
//   Writing   WriteAsync queues; one loop at a time takes what has gathered, decides it, appends it as one group, applies it and
//             publishes a new view (Shard.Write.cs, Shard.Apply.cs). Memory changes only after the log has.
//   _writer   is held by whoever changes parts, deletes, requests or the view: the commit loop, catching up, two short steps of a
//             checkpoint. Never while a segment is written or a graph is built.
//   Checkpoint (Shard.Checkpoint.cs) roll the log and seal the growing part; link, write and map it; install; replace it.
//   Compaction (Shard.Compaction.cs) rewrite neighbouring segments as one without their dead rows; install; replace them.
//   Collection, scrub (Shard.Collection.cs, Shard.Scrub.cs) delete what fenced owners left behind; read everything stored again, slowly.
//   Replay    (Shard.Replay.cs) an opening reads the log back, and lets go of what the log itself ends.
//   Backlog   (Shard.Backlog.cs) writes wait, and are refused at last, when linking and checkpoints do not keep up with them.
//
// Files: this one opens and closes; .Write, .Apply, .Checkpoint, .Compaction, .Collection, .Scrub, .Pins, .Replay, .Backlog, .Read, .Search, .Follow are what
// their names say.

/// <summary>One index partition: its log, its segments and its memory; see the page at the top of Shard.cs. Safe for use from several threads.</summary>
public sealed partial class Shard : IShardReader
{
    private const int OpenAttemptsMax = 4;

    private readonly EngineContext _context;
    private readonly ShardOptions _options;
    private readonly ShardLog _log;
    private readonly OwnershipChecks _ownership;
    private readonly RequestTable _requests;
    private readonly ScratchPool<HnswScratch> _scratches = new();
    private readonly AsyncGate _writer = new();
    private readonly AsyncGate _checkpointing = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _tasksLock = new();
    private readonly List<Task> _tasks = [];
    private readonly List<Task> _watches = []; // wait for their time most of the time

    // Under _writer, all of these.
    private readonly List<StoredSegment> _segments = [];
    private readonly List<LinkedPart> _sealed = [];
    private LinkedPart _growing;
    private ulong _sequence;
    private long _liveCount;
    private long _framesUncovered;

    private ShardView? _view;
    private volatile RefusalException? _broken;
    private volatile Exception? _lastError;
    private bool _disposed;

    private Shard(EngineContext context, ShardLog log, ShardOptions options)
    {
        _context = context;
        _log = log;
        _options = options;
        Config = log.Manifest.Config;
        Range = new HashRange(log.Manifest.FirstHash, log.Manifest.LastHash);
        MapVersion = log.Manifest.MapVersion;
        _requests = new RequestTable(options.RequestIdsMax, options.RequestIdAgeMax);
        _ownership = new OwnershipChecks(VerifyAsync, context.Clock, options.OwnershipAgeMax);
        _growing = NewPart();
        _sequence = log.Manifest.CoveredSequence;
    }

    public ShardAddress Address => _log.Address;

    /// <summary>Dimension, metric, index.</summary>
    public ShardConfig Config { get; }

    /// <summary>Version of the shard map that the shard's hash range is of.</summary>
    public long MapVersion { get; }

    /// <summary>Which ids the shard owns.</summary>
    public HashRange Range { get; }

    /// <summary>Another owner has taken over, or what is in memory no longer follows the log: close it and open the shard anew.</summary>
    public bool MustReopen => _log.IsFenced || _broken is not null;

    public ShardStats Stats
    {
        get
        {
            var view = EnterEvenBroken();
            try
            {
                var parts = view.Set.Parts;
                return new ShardStats
                {
                    Epoch = Math.Max(_log.Manifest.Epoch, _log.Followed.Epoch),
                    IsOwner = _log.IsOwner,
                    IsFenced = _log.IsFenced,
                    Sequence = view.Sequence,
                    CoveredSequence = _log.Manifest.CoveredSequence,
                    VectorCount = view.LiveCount,
                    RowCount = parts.Sum(p => (long)p.Count),
                    TailRows = Config.Index is ShardIndexKind.Flat ? 0 : parts.Sum(p => (long)p.Count - p.LinkedCount),
                    SegmentCount = parts.Count(p => p is SegmentPart),
                    NativeBytes = parts.Sum(p => p.NativeBytes),
                    MetadataIndexBytes = parts.Sum(p => p is GrowingPart growing ? growing.Indexes.MemoryBytes : 0),
                    MappedBytes = parts.Sum(p => p.MappedBytes),
                    Memory = ReportMemory(parts),
                    LogBytes = _log.UncoveredSizeBytes,
                    CheckpointCount = Interlocked.Read(ref _checkpointCount),
                    CollectedCount = Interlocked.Read(ref _collectedCount),
                    ScrubCount = Interlocked.Read(ref _scrubCount),
                    CompactionCount = Interlocked.Read(ref _compactionCount),
                    Checkpoint = _checkpoint?.Progress,
                    Compaction = _compaction?.Progress,
                    LastError = (_broken ?? DamageOf(parts) ?? _lastError ?? _growing.Linker.Failure)?.Message ?? _context.Witness.Problem,
                };
            }
            finally
            {
                view.Set.Release();
            }
        }
    }

    private static MemoryReport ReportMemory(Part[] parts)
    {
        var report = new MemoryReport();
        foreach (var part in parts)
            part.AddTo(report);
        return report;
    }

    /// <inheritdoc/>
    public long MemoryBytes => Sum(static part => part.NativeBytes + part.MappedBytes);

    /// <inheritdoc/>
    public long NativeBytes => Sum(static part => part.NativeBytes);

    /// <summary>Reads manifest, segments and logs; writes nothing and fences nobody.</summary>
    /// <param name="context">Where and with what.</param>
    /// <param name="address">Of the shard.</param>
    /// <param name="options">How this node runs its shards.</param>
    /// <param name="cancellation">Ends the loading.</param>
    /// <param name="births">Asked when there is no manifest, or one that nobody has ever owned. Null: without a manifest the shard is gone.</param>
    /// <exception cref="RefusalException"><c>gone</c>, <c>storage_unavailable</c>, <c>shard_damaged</c> (naming the blob), <c>store_rolled_back</c>.</exception>
    public static async Task<Shard> OpenAsync(
        EngineContext context, ShardAddress address, ShardOptions options, CancellationToken cancellation, IShardBirths? births = null)
    {
        options.Validated();
        var beganAt = context.Clock.GetTimestamp();
        var log = await OpenLogAsync(context, address, options, births, cancellation);
        for (var attempt = 1; ; attempt++)
        {
            var shard = new Shard(context, log, options);
            try
            {
                await shard.LoadAsync(cancellation);
                // What was acknowledged before the manifest was read is in what was read after it: as good a proof as any.
                shard._ownership.Prove(beganAt);
                shard.BeginScrubbing();
                return shard;
            }
            catch (Exception problem)
            {
                await shard.DisposeAsync();
                if (problem is not (BlobDamagedException or BlobStoreException or InvalidDataException or RefusalException { Code: RefusalCodes.Fenced }))
                    throw;
                var opened = log.Manifest.EditNonce;
                beganAt = context.Clock.GetTimestamp();
                log = await OpenLogAsync(context, address, options, births, cancellation);
                // An owner's checkpoint in the meantime deletes what the manifest that was read had named: that is no damage.
                if (log.Manifest.EditNonce == opened || attempt == OpenAttemptsMax)
                    throw Refusal(address, problem);
            }
        }
    }

    /// <summary>Stops background work and frees memory when the last reader has left. Never makes a checkpoint: what is acknowledged is in the log.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!BeginClosing())
            return;
        FailQueued(Closed());
        Task[] tasks;
        lock (_tasksLock)
            tasks = [.. _tasks, .. _watches];
        await Task.WhenAll(tasks);
        await _compacting.WaitAsync();
        await _checkpointing.WaitAsync();
        await _writer.WaitAsync();
        foreach (var part in _sealed.Append(_growing))
        {
            await part.Linker.StopAsync();
            part.Release();
        }

        foreach (var segment in _segments)
            segment.Release();
        Interlocked.Exchange(ref _view, null)?.Set.Release();
        // Whoever still waits for a turn sees that the shard is closed.
        _writer.Release();
        _checkpointing.Release();
        _compacting.Release();
    }

    private bool BeginClosing()
    {
        lock (_queueLock)
        {
            if (_disposed)
                return false;
            _disposed = true;
        }

        _closing.Cancel();
        return true;
    }

    private static async Task<ShardLog> OpenLogAsync(
        EngineContext context, ShardAddress address, ShardOptions options, IShardBirths? births, CancellationToken cancellation)
    {
        try
        {
            return await ShardLog.OpenAsync(context, address, options.Log, cancellation, births);
        }
        catch (Exception problem) when (problem is BlobDamagedException or BlobStoreException)
        {
            throw Refusal(address, problem);
        }
    }

    /// <summary>Everything that the manifest names is read side by side: the store's latency counts once.</summary>
    private async Task LoadAsync(CancellationToken cancellation)
    {
        var manifest = _log.Manifest;
        Task<StoredSegment>[] segments = [.. manifest.Segments.Select(entry => LoadSegmentAsync(entry, cancellation))];
        try
        {
            await Task.WhenAll([.. segments, LoadRequestsAsync(manifest.RequestsBlob, cancellation), _log.BeginReplayAsync(cancellation)]);
        }
        finally
        {
            // Ours as soon as they are open: if loading fails, closing frees them.
            _segments.AddRange(segments.Where(s => s.IsCompletedSuccessfully).Select(s => s.Result));
        }

        _liveCount = _segments.Sum(s => (long)s.Part.Count - s.Part.DeletedCount);
        PublishParts();
        await LoadLogAsync(cancellation);
    }

    private async Task<StoredSegment> LoadSegmentAsync(SegmentEntry entry, CancellationToken cancellation)
    {
        var content = ReadDeletesAsync(entry.DeletesBlob, cancellation);
        StoredSegment segment;
        try
        {
            segment = await OpenSegmentAsync(entry.Name, entry.Home, cancellation);
        }
        catch
        {
            await ((Task)content).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            throw;
        }

        try
        {
            var deletes = await content;
            if (entry.DeletesBlob is { } blob)
                Checked(Address.Blob(blob), () => DeletedRows.Load(segment.Part, deletes.Span));
            segment.DeletesBlob = entry.DeletesBlob;
            segment.StoredDeletes = segment.Part.DeletedCount;
            return segment;
        }
        catch
        {
            segment.Release();
            throw;
        }
    }

    private async Task<ReadOnlyMemory<byte>> ReadDeletesAsync(string? deletesBlob, CancellationToken cancellation) =>
        deletesBlob is null ? default : await CheckedBlob.ReadAsync(_context.Blobs, Address.Blob(deletesBlob), CheckedBlob.DeletesMagic.ToArray(), cancellation);

    private async Task LoadRequestsAsync(string? requestsBlob, CancellationToken cancellation)
    {
        if (requestsBlob is null)
            return;
        var blob = Address.Blob(requestsBlob);
        var content = await CheckedBlob.ReadAsync(_context.Blobs, blob, CheckedBlob.RequestsMagic.ToArray(), cancellation);
        Checked(blob, () => _requests.Load(content.Span));
    }

    private async Task<StoredSegment> OpenSegmentAsync(string name, string? home, CancellationToken cancellation)
    {
        var blob = (home is null ? Address : ShardAddress.Parse(home)).Blob(ShardBlobs.RowsOf(name));
        var file = await SegmentFile.OpenAsync(_context, blob, cancellation);
        try
        {
            return new StoredSegment(await _context.Work.RunAsync(WorkKind.Background, () => new SegmentPart(file, Config, name, blob), cancellation)) { Home = home };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private LinkedPart NewPart()
    {
        var part = new GrowingPart(Config);
        return new LinkedPart(part, new PartLinker(part, _context, _scratches, _options.LinkSliceRows, TellBacklog));
    }

    private static void Checked(string blob, Action load)
    {
        try
        {
            load();
        }
        catch (InvalidDataException damage)
        {
            throw new BlobDamagedException(blob, damage.Message);
        }
    }

    private RefusalException Closed() => new(RefusalCodes.Loading, $"Shard {Address} is being closed on this node; ask again.");

    internal static RefusalException Refusal(ShardAddress address, Exception problem) => problem switch
    {
        RefusalException refusal => refusal,
        BlobDamagedException damage => new(RefusalCodes.ShardDamaged, $"Shard {address}: blob '{damage.Blob}': {damage.What}"),
        InvalidDataException damage => new(RefusalCodes.ShardDamaged, $"Shard {address}: {damage.Message}"),
        _ => new(RefusalCodes.StorageUnavailable, $"Shard {address}: {problem.Message}"),
    };

    /// <summary>Remembers background work so that closing waits for it.</summary>
    private void Track(Task task)
    {
        lock (_tasksLock)
        {
            _tasks.RemoveAll(t => t.IsCompleted);
            _tasks.Add(task);
        }
    }

    /// <summary>Remembers something that lasts until the shard is closed, or nearly.</summary>
    private void Watch(Task task)
    {
        lock (_tasksLock)
            _watches.Add(task);
    }

    /// <summary>Returns when the checkpoints and compactions that have started by themselves, and those that follow from them, have ended.</summary>
    internal async Task WhenUpkeepEndsAsync()
    {
        while (true)
        {
            Task[] tasks;
            lock (_tasksLock)
                tasks = [.. _tasks.Where(t => !t.IsCompleted)];
            if (tasks.Length == 0)
                return;
            await Task.WhenAll(tasks);
        }
    }

    private static Exception? DamageOf(Part[] parts) => parts.OfType<SegmentPart>().Select(p => p.Damage).FirstOrDefault(d => d is not null);

    /// <returns>0 once the shard is closed.</returns>
    private long Sum(Func<Part, long> bytesOf)
    {
        while (Volatile.Read(ref _view) is { } view)
        {
            if (!view.Set.TryRetain())
                continue;
            var bytes = view.Set.Parts.Sum(bytesOf);
            view.Set.Release();
            return bytes;
        }

        return 0;
    }

    private bool IsUsable => _broken is null && !_closing.IsCancellationRequested;

    private void ThrowIfUnusable()
    {
        if (_broken is { } broken)
            throw broken;
        if (_closing.IsCancellationRequested)
            throw Closed();
    }
}
