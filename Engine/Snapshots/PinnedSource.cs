using System.Runtime.CompilerServices;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Logs;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Snapshots;

/// <summary>A state that a shard of this store keeps.</summary>
internal sealed class PinnedSource : ISnapshotSource
{
    private readonly EngineContext _context;
    private readonly StoreCalls _store;
    private readonly ShardAddress _address;
    private readonly ShardManifest _manifest;

    private PinnedSource(EngineContext context, StoreCalls store, ShardAddress address, ShardManifest manifest, ShardPin pin)
    {
        _context = context;
        _store = store;
        _address = address;
        _manifest = manifest;
        Pin = pin;
        Epoch = manifest.Epoch;
        Birth = new ShardBirth(manifest.FirstHash, manifest.LastHash, manifest.MapVersion, manifest.Config);
    }

    public ShardPin Pin { get; }

    public ShardBirth Birth { get; }

    public ulong Epoch { get; }

    /// <exception cref="RefusalException"><c>not_found</c>: the shard keeps no such state; <c>gone</c>; <c>storage_unavailable</c>.</exception>
    public static async Task<PinnedSource> OpenAsync(EngineContext context, ShardAddress address, string pinId, CancellationToken cancellation)
    {
        var store = new StoreCalls(context, new ShardLogOptions());
        var manifest = (await new ManifestStore(store, address).ReadLivingAsync(store.DefaultDeadline, cancellation)).Manifest;
        var pin = manifest.Pins.FirstOrDefault(p => p.Id == pinId) ?? throw new RefusalException(RefusalCodes.NotFound, $"Shard {address} keeps no state '{pinId}'.");
        return new PinnedSource(context, store, address, manifest, pin);
    }

    /// <summary>A manifest that has this state and nothing else of the shard's.</summary>
    public ShardManifest Alone() => _manifest with { Segments = [], SealedLogs = [], RequestsBlob = null, CoveredSequence = 0, CoveredAtMs = 0, LiveFirstSequence = 1, Pins = [Pin] };

    /// <summary>The bytes of a blob of the state, in pieces that are good until the next is asked for.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(string relativeName, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var segment = Pin.Segments.FirstOrDefault(s => ShardBlobs.RowsOf(s.Name) == relativeName);
        var blob = segment is null ? _address.Blob(relativeName) : ShardBlobs.RowsOf(_address, segment);
        var buffer = new byte[SnapshotFileFormat.PieceBytes];
        int read;
        for (long offset = 0; ; offset += read)
        {
            read = await _context.Blobs.ReadAsync(blob, offset, buffer, cancellation) ?? throw new BlobDamagedException(blob, "a pin names it and it is missing");
            if (read > 0)
                yield return buffer.AsMemory(0, read);
            if (read < buffer.Length)
                yield break;
        }
    }

    public async Task CopyAsync(string relativeName, string target, CancellationToken cancellation)
    {
        await using var upload = await _context.Blobs.CreateAsync(target, cancellation);
        await foreach (var piece in ReadAsync(relativeName, cancellation))
            await upload.WriteAsync(piece, cancellation);
        // False when an earlier attempt has brought it over: names are never reused, so it is the same.
        await upload.CommitAsync(cancellation);
    }

    public async IAsyncEnumerable<LogFrame> FramesAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var log in Pin.Logs)
        {
            var reader = await OpenLogAsync(log, cancellation);
            while (await reader.NextAsync(_store.DefaultDeadline, cancellation) is { } frame)
                yield return frame;
        }
    }

    private async Task<LogReader> OpenLogAsync(SealedLog log, CancellationToken cancellation)
    {
        var identity = new LogIdentity(log.Name, _address.LogBlob(log.Name));
        try
        {
            return await LogReader.OpenAsync(_store, identity, _address.Shard, log, _store.DefaultDeadline, cancellation);
        }
        catch (LogMissingException missing)
        {
            throw new BlobDamagedException(missing.Blob, "a pin names it and it is missing");
        }
    }
}
