using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Hashing;
using JadeVector.Engine.Logs;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Snapshots;

/// <summary>Makes shards from a snapshot file, reading it once from front to end.</summary>
/// <exception cref="InvalidDataException">Every member: the file is damaged, cut short, or none.</exception>
public sealed class SnapshotFileReader(EngineContext context, Stream source)
{
    private uint _crc;
    private (SnapshotRecordKind Kind, ReadOnlyMemory<byte> Content)? _next;
    private int _shardCount;

    /// <returns>What the writer was given.</returns>
    public async Task<ReadOnlyMemory<byte>> BeginAsync(CancellationToken cancellation)
    {
        var header = new byte[SnapshotFileFormat.HeaderBytes];
        var read = await source.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, cancellation);
        SnapshotFileFormat.CheckHeader(header.AsSpan(0, read));
        return await TakeAsync(SnapshotRecordKind.Database, cancellation);
    }

    /// <summary>Makes the next shard of the file.</summary>
    /// <param name="databaseId">Of the new database; the shard has the number that it had.</param>
    /// <param name="cancellation">Ends the work; what there is of the shard is to be deleted then.</param>
    /// <returns>False when there is none left, and the file is whole.</returns>
    /// <exception cref="RefusalException"><c>storage_unavailable</c>, <c>conflict</c>.</exception>
    public async Task<bool> RestoreShardAsync(string databaseId, CancellationToken cancellation)
    {
        if (await PeekAsync(cancellation) is { Kind: SnapshotRecordKind.End } end)
        {
            if (end.Content.Length != sizeof(int) || BinaryPrimitives.ReadInt32LittleEndian(end.Content.Span) != _shardCount)
                throw new InvalidDataException($"The snapshot file ends after {_shardCount} shards, and says otherwise.");
            return false;
        }

        var manifest = ReadManifest(await TakeAsync(SnapshotRecordKind.Shard, cancellation));
        var to = new ShardAddress(databaseId, manifest.Shard);
        try
        {
            await ShardRestore.RestoreAsync(context, new Source(this, context, manifest), to, sharedWith: null, untilMs: null, cancellation);
        }
        catch (Exception problem) when (problem is BlobDamagedException or BlobStoreException)
        {
            throw Shard.Refusal(to, problem);
        }

        _shardCount++;
        return true;
    }

    private static ShardManifest ReadManifest(ReadOnlyMemory<byte> record)
    {
        var length = record.Length < sizeof(ushort) ? 0 : BinaryPrimitives.ReadUInt16LittleEndian(record.Span);
        if (length == 0 || record.Length < sizeof(ushort) + length)
            throw new InvalidDataException("A shard in the snapshot file is cut short.");
        try
        {
            var manifest = ManifestFormat.Read(record.Span[(sizeof(ushort) + length)..], Encoding.UTF8.GetString(record.Span.Slice(sizeof(ushort), length)));
            return manifest.Pins.Count == 1 ? manifest : throw new InvalidDataException("A shard in the snapshot file has no state.");
        }
        catch (BlobDamagedException damage)
        {
            throw new InvalidDataException($"A shard in the snapshot file: {damage.What}");
        }
    }

    private async Task<ReadOnlyMemory<byte>> TakeAsync(SnapshotRecordKind kind, CancellationToken cancellation)
    {
        var (found, content) = await PeekAsync(cancellation);
        if (found != kind)
            throw new InvalidDataException($"The snapshot file has a {found} where a {kind} should be.");
        _next = null;
        return content;
    }

    private async Task<(SnapshotRecordKind Kind, ReadOnlyMemory<byte> Content)> PeekAsync(CancellationToken cancellation)
    {
        if (_next is { } known)
            return known;
        var header = new byte[SnapshotFileFormat.RecordHeaderBytes];
        await FillAsync(header, cancellation);
        var length = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(4));
        if (length is < 0 or > SnapshotFileFormat.ContentBytesMax)
            throw new InvalidDataException($"The snapshot file has a record of {length} bytes.");
        var content = new byte[length];
        await FillAsync(content, cancellation);
        _crc = Crc32C.Compute(content, Crc32C.Compute(header.AsSpan(0, 8), _crc));
        if (_crc != BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(8)))
            throw new InvalidDataException("A record of the snapshot file fails its checksum.");
        var next = ((SnapshotRecordKind)BinaryPrimitives.ReadUInt32LittleEndian(header), (ReadOnlyMemory<byte>)content);
        _next = next;
        return next;
    }

    private async Task FillAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        if (await source.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation) < buffer.Length)
            throw new InvalidDataException("The snapshot file is cut short.");
    }

    /// <summary>One shard of the file, whose parts come in the order in which a restore asks for them.</summary>
    private sealed class Source(SnapshotFileReader file, EngineContext context, ShardManifest manifest) : ISnapshotSource
    {
        public ShardPin Pin { get; } = manifest.Pins[0];

        public ShardBirth Birth { get; } = new(manifest.FirstHash, manifest.LastHash, manifest.MapVersion, manifest.Config);

        public ulong Epoch { get; } = manifest.Epoch;

        public async Task CopyAsync(string relativeName, string target, CancellationToken cancellation)
        {
            if (Encoding.UTF8.GetString((await file.TakeAsync(SnapshotRecordKind.Blob, cancellation)).Span) != relativeName)
                throw new InvalidDataException($"The snapshot file has another blob where '{relativeName}' should be.");
            await using var upload = await context.Blobs.CreateAsync(target, cancellation);
            while (await file.PeekAsync(cancellation) is { Kind: SnapshotRecordKind.Bytes })
                await upload.WriteAsync(await file.TakeAsync(SnapshotRecordKind.Bytes, cancellation), cancellation);
            if (!await upload.CommitAsync(cancellation))
                throw new InvalidDataException($"The snapshot file has '{relativeName}' twice.");
        }

        public async IAsyncEnumerable<LogFrame> FramesAsync([EnumeratorCancellation] CancellationToken cancellation)
        {
            while (await file.PeekAsync(cancellation) is { Kind: SnapshotRecordKind.Frame })
                yield return SnapshotFrame.Read(await file.TakeAsync(SnapshotRecordKind.Frame, cancellation));
        }
    }
}
