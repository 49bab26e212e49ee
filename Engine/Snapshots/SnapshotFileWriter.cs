using System.Buffers.Binary;
using System.Text;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Snapshots;

/// <summary>Writes kept states of a database's shards as one file. Call <see cref="BeginAsync"/>, then each shard, then <see cref="EndAsync"/>.</summary>
public sealed class SnapshotFileWriter(EngineContext context, Stream target)
{
    private readonly byte[] _header = new byte[SnapshotFileFormat.HeaderBytes];
    private uint _crc;
    private int _shardCount;

    /// <param name="database">Given back by <see cref="SnapshotFileReader.BeginAsync"/>.</param>
    /// <param name="cancellation">Ends the writing.</param>
    public async Task BeginAsync(ReadOnlyMemory<byte> database, CancellationToken cancellation)
    {
        SnapshotFileFormat.WriteHeader(_header);
        await target.WriteAsync(_header.AsMemory(0, SnapshotFileFormat.HeaderBytes), cancellation);
        await WriteAsync(SnapshotRecordKind.Database, database, cancellation);
    }

    /// <exception cref="RefusalException"><c>not_found</c>: the shard keeps no such state; <c>shard_damaged</c>, <c>storage_unavailable</c>.</exception>
    public async Task WriteShardAsync(ShardAddress address, string pinId, CancellationToken cancellation)
    {
        try
        {
            var source = await PinnedSource.OpenAsync(context, address, pinId, cancellation);
            var name = Encoding.UTF8.GetBytes(address.ManifestBlob);
            var manifest = ManifestFormat.Write(source.Alone(), address.ManifestBlob);
            var record = new byte[sizeof(ushort) + name.Length + manifest.Length];
            BinaryPrimitives.WriteUInt16LittleEndian(record, (ushort)name.Length);
            name.CopyTo(record, sizeof(ushort));
            manifest.CopyTo(record, sizeof(ushort) + name.Length);
            await WriteAsync(SnapshotRecordKind.Shard, record, cancellation);
            foreach (var blob in ShardRestore.BlobsOf(source.Pin, share: false))
                await WriteBlobAsync(source, blob, cancellation);
            await foreach (var frame in source.FramesAsync(cancellation))
                await WriteFrameAsync(frame, cancellation);
            _shardCount++;
        }
        catch (Exception problem) when (problem is BlobDamagedException or BlobStoreException or InvalidDataException)
        {
            throw Shard.Refusal(address, problem);
        }
    }

    public Task EndAsync(CancellationToken cancellation)
    {
        var count = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(count, _shardCount);
        return WriteAsync(SnapshotRecordKind.End, count, cancellation);
    }

    private async Task WriteBlobAsync(PinnedSource source, string relativeName, CancellationToken cancellation)
    {
        await WriteAsync(SnapshotRecordKind.Blob, Encoding.UTF8.GetBytes(relativeName), cancellation);
        await foreach (var piece in source.ReadAsync(relativeName, cancellation))
            await WriteAsync(SnapshotRecordKind.Bytes, piece, cancellation);
    }

    private Task WriteFrameAsync(Logs.LogFrame frame, CancellationToken cancellation)
    {
        var record = new byte[SnapshotFrame.HeaderBytes + frame.Payload.Length];
        SnapshotFrame.Write(record, frame);
        return WriteAsync(SnapshotRecordKind.Frame, record, cancellation);
    }

    private async Task WriteAsync(SnapshotRecordKind kind, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        _crc = SnapshotFileFormat.WriteRecordHeader(_header, kind, content.Span, _crc);
        await target.WriteAsync(_header.AsMemory(0, SnapshotFileFormat.RecordHeaderBytes), cancellation);
        await target.WriteAsync(content, cancellation);
    }
}
