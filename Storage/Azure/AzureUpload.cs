using System.Buffers.Binary;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using JadeVector.Engine.Blobs;

namespace JadeVector.Storage.Azure;

/// <summary>Sends blocks as they fill; the blob exists when their list is committed. Blocks never committed are dropped by the service after a week.</summary>
internal sealed class AzureUpload(string name, BlockBlobClient patient, BlockBlobClient once, ulong nonce) : BlobUpload
{
    /// <summary>The service takes 50,000 blocks, so a blob may have 400 GB.</summary>
    private const int BlockSizeBytes = 8 * 1024 * 1024;

    private readonly List<string> _blocks = [];
    private byte[] _buffer = [];
    private int _buffered;
    private long _lengthBytes;
    private bool _closed;

    public override long LengthBytes => _lengthBytes;

    public override async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (_buffer.Length == 0)
            _buffer = new byte[BlockSizeBytes];
        while (!bytes.IsEmpty)
        {
            var count = Math.Min(bytes.Length, BlockSizeBytes - _buffered);
            bytes[..count].CopyTo(_buffer.AsMemory(_buffered));
            bytes = bytes[count..];
            _buffered += count;
            _lengthBytes += count;
            if (_buffered == BlockSizeBytes)
                await StageAsync(cancellation);
        }
    }

    public override async Task<bool> CommitAsync(CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (_buffered > 0)
            await StageAsync(cancellation);
        _closed = true;
        return await AzureFailures.GuardAsync("commit", name, async () =>
        {
            try
            {
                await once.CommitBlockListAsync(_blocks, new CommitBlockListOptions { Conditions = AzureBlobStore.IfAbsent() }, cancellation);
                return true;
            }
            catch (RequestFailedException e) when (e.IsConditionFailed())
            {
                return false;
            }
        }, cancellation);
    }

    public override ValueTask DisposeAsync()
    {
        _closed = true;
        _buffer = [];
        return ValueTask.CompletedTask;
    }

    private async Task StageAsync(CancellationToken cancellation)
    {
        var block = BlockName(_blocks.Count);
        await AzureFailures.GuardAsync(
            "upload",
            name,
            () => patient.StageBlockAsync(block, new ReadOnlyMemoryStream(_buffer.AsMemory(0, _buffered)), cancellationToken: cancellation),
            cancellation);
        _blocks.Add(block);
        _buffered = 0;
    }

    /// <summary>All of one length, as the service demands, and different from those of an earlier upload of that name that was given up.</summary>
    private string BlockName(int number)
    {
        Span<byte> bytes = stackalloc byte[12];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, nonce);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], number);
        return Convert.ToBase64String(bytes);
    }
}
