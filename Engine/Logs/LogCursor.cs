using JadeVector.Engine.Blobs;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Logs;

/// <summary>
/// Walks a shard's logs in order: the sealed ones of the manifest, the live one, and those that ROLL frames lead to. A log that was
/// created but never rolled to is not met. After an exception it stands where it stood and can be asked again.
/// </summary>
internal sealed class LogCursor(StoreCalls store, ShardAddress address)
{
    private readonly List<SealedLog> _passed = [];
    private readonly Queue<(string Name, SealedLog? Seal)> _next = new();
    private LogReader? _reader;
    private ulong _nextSequence;

    /// <summary>The logs before <see cref="Tail"/>, oldest first.</summary>
    public IReadOnlyList<SealedLog> Passed => _passed;

    /// <summary>The log being read; null before the first call of <see cref="NextAsync"/>.</summary>
    public LogReader? Tail => _reader;

    /// <summary>The blob of the log that was asked for last, whether it could be read or not.</summary>
    public string? Asked { get; private set; }

    /// <summary>The last sequence number of the frames given so far.</summary>
    public ulong LastSequence => _reader is null ? _nextSequence - 1 : _reader.Position.NextSequence - 1;

    /// <summary>Begins after the manifest's checkpoint.</summary>
    public void Start(ShardManifest manifest)
    {
        _passed.Clear();
        _next.Clear();
        _reader = null;
        _nextSequence = manifest.CoveredSequence + 1;
        foreach (var log in manifest.SealedLogs)
        {
            _next.Enqueue((log.Name, log));
        }

        _next.Enqueue((manifest.LiveLog, null));
    }

    /// <summary>Goes on under a newer manifest with the same checkpoint: what it seals has an end now.</summary>
    /// <returns>False when the log being read is not part of that manifest: start afresh.</returns>
    public bool TryRebase(ShardManifest manifest)
    {
        if (_reader is null)
        {
            Start(manifest);
            return true;
        }

        var tail = _reader.Position.Log.Name;
        if (manifest.LiveLog == tail || _passed.Exists(p => p.Name == manifest.LiveLog))
        {
            return true; // the same epoch still: its chain of ROLLs leads here
        }

        var sealedAt = manifest.SealedLogs.ToList().FindIndex(s => s.Name == tail);
        if (sealedAt < 0)
        {
            return false;
        }

        _reader.SealAt(manifest.SealedLogs[sealedAt]);
        _passed.Clear();
        _passed.AddRange(manifest.SealedLogs.Take(sealedAt));
        _next.Clear();
        foreach (var log in manifest.SealedLogs.Skip(sealedAt + 1))
        {
            _next.Enqueue((log.Name, log));
        }

        _next.Enqueue((manifest.LiveLog, null));
        return true;
    }

    /// <summary>
    /// The same for one who only reads, and whom a newer checkpoint does not trouble: it goes on wherever the manifest's chain has a log
    /// that begins with the next sequence number. Numbers never restart, so what was read is then all that came before it.
    /// </summary>
    /// <returns>False when what follows is in segments only: start afresh.</returns>
    public bool TryFollow(ShardManifest manifest)
    {
        if (_reader is not null && TryRebase(manifest))
        {
            return true;
        }

        var next = LastSequence + 1;
        var chain = manifest.SealedLogs.Select(s => (s.Name, s.FirstSequence, (SealedLog?)s)).Append((manifest.LiveLog, manifest.LiveFirstSequence, null)).ToList();
        var at = chain.FindIndex(c => c.FirstSequence == next);
        if (at < 0)
        {
            return false;
        }

        _passed.Clear();
        _passed.AddRange(manifest.SealedLogs.Take(at));
        _next.Clear();
        foreach (var (name, _, seal) in chain.Skip(at))
        {
            _next.Enqueue((name, seal));
        }

        _reader = null;
        _nextSequence = next;
        return true;
    }

    /// <summary>Reads the beginning of the first log, so that <see cref="NextAsync"/> has it at hand.</summary>
    public async Task BeginAsync(DateTimeOffset deadline, CancellationToken cancellation) =>
        _reader ??= await OpenNextAsync(null, deadline, cancellation);

    /// <returns>Null at the end of the last log: <see cref="LogReader.End"/> of <see cref="Tail"/> says whether more may come.</returns>
    public async Task<LogFrame?> NextAsync(DateTimeOffset deadline, CancellationToken cancellation)
    {
        await BeginAsync(deadline, cancellation);
        while (true)
        {
            Asked = _reader!.Position.Log.Blob;
            if (await _reader.NextAsync(deadline, cancellation) is { } frame)
            {
                return frame;
            }

            if (_reader.End is LogEnd.Rolled && _next.Count == 0)
            {
                _next.Enqueue((_reader.RolledTo!, null));
            }

            if (_reader.End is not (LogEnd.Rolled or LogEnd.Sealed))
            {
                return null;
            }

            var following = await OpenNextAsync(_reader, deadline, cancellation);
            _passed.Add(_reader.Position.Sealed);
            _reader = following;
        }
    }

    private async Task<LogReader> OpenNextAsync(LogReader? before, DateTimeOffset deadline, CancellationToken cancellation)
    {
        var (name, seal) = _next.Peek();
        var log = new LogIdentity(name, address.LogBlob(name));
        Asked = log.Blob;
        var reader = await LogReader.OpenAsync(store, log, address.Shard, seal, deadline, cancellation);
        var header = reader.Position.Header;
        var expected = before?.Position.NextSequence ?? _nextSequence;
        if (header.FirstSequence != expected)
        {
            throw new BlobDamagedException(log.Blob, $"at offset 0: it begins at sequence {header.FirstSequence} where {expected} should follow");
        }

        if (before is { End: LogEnd.Rolled } && (header.Epoch != before.Position.Header.Epoch || header.WriterNonce != before.Position.Header.WriterNonce))
        {
            throw new BlobDamagedException(log.Blob, "at offset 0: it was not created by the owner who rolled over to it");
        }

        _next.Dequeue();
        return reader;
    }
}
