using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;

namespace JadeVector.Engine.Segments;

/// <summary>A segment's blob, verified and mapped into memory. Dispose it when nobody reads the memory any more.</summary>
/// <remarks>
/// Every block is read and checked with ordinary reads before anything is mapped: a file that is too short or cannot be read is an error
/// here, where a mapping would be a signal that kills the process.
/// </remarks>
internal sealed class SegmentFile : IDisposable
{
    private readonly LocalBlob _local;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private bool _disposed;

    private unsafe SegmentFile(LocalBlob local, SegmentHeader header)
    {
        _local = local;
        Header = header;
        _file = MemoryMappedFile.CreateFromFile(local.Path, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);
        try
        {
            _view = _file.CreateViewAccessor(local.Offset, header.ContentLength, MemoryMappedFileAccess.Read);
        }
        catch
        {
            _file.Dispose();
            throw;
        }

        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        Start = start + _view.PointerOffset;
    }

    public SegmentHeader Header { get; }

    /// <summary>The first byte of the content; on a 64-byte boundary.</summary>
    public unsafe byte* Start { get; }

    /// <exception cref="BlobDamagedException">It is missing, or is not what was written.</exception>
    public static async Task<SegmentFile> OpenAsync(EngineContext context, string blob, CancellationToken cancellation)
    {
        var local = await context.Blobs.OpenLocalAsync(blob, cancellation) ?? throw new BlobDamagedException(blob, "the manifest names it and it is missing");
        try
        {
            return await context.Work.RunAsync(WorkKind.Storage, () => new SegmentFile(local, Verify(local, blob, cancellation)), cancellation);
        }
        catch
        {
            local.Dispose();
            throw;
        }
    }

    /// <summary>Where a section starts.</summary>
    public unsafe byte* At(SegmentSection section) => Start + Header[section].Offset;

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
        _local.Dispose();
    }

    private static SegmentHeader Verify(LocalBlob local, string blob, CancellationToken cancellation)
    {
        using var file = File.OpenHandle(local.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        var header = new byte[SegmentHeader.Bytes];
        var read = ReadAll(file, header, local.Offset);
        SegmentHeader parsed;
        try
        {
            parsed = SegmentHeader.Read(header.AsSpan(0, read), blob);
        }
        catch (InvalidDataException damage)
        {
            throw new BlobDamagedException(blob, damage.Message);
        }

        if (parsed.BlobLength != local.LengthBytes)
            throw new BlobDamagedException(blob, $"{local.LengthBytes} bytes in place of {parsed.BlobLength}");
        var footer = new byte[parsed.FooterBytes];
        if (ReadAll(file, footer, local.Offset + parsed.FooterOffset) != footer.Length
            || MemoryMarshal.Read<uint>(footer.AsSpan(footer.Length - sizeof(uint))) != SegmentImage.FooterChecksum(footer.AsSpan(..^sizeof(uint))))
        {
            throw new BlobDamagedException(blob, "the table of checksums fails its own");
        }

        VerifyBlocks(file, local.Offset, parsed, MemoryMarshal.Cast<byte, uint>(footer), blob, cancellation);
        return parsed;
    }

    private static void VerifyBlocks(
        Microsoft.Win32.SafeHandles.SafeFileHandle file, long start, SegmentHeader header, ReadOnlySpan<uint> checksums, string blob, CancellationToken cancellation)
    {
        var buffer = new byte[SegmentHeader.BlockBytes];
        for (var block = 0; block < header.BlockCount; block++)
        {
            cancellation.ThrowIfCancellationRequested();
            var offset = (long)block * SegmentHeader.BlockBytes;
            var expected = (int)Math.Min(buffer.Length, header.ContentLength - offset);
            var read = ReadAll(file, buffer.AsSpan(0, expected), start + offset);
            if (read != expected || SegmentImage.Checksum(buffer.AsSpan(0, read), block) != checksums[block])
                throw new BlobDamagedException(blob, $"the block at byte {offset} fails its checksum");
        }
    }

    private static int ReadAll(Microsoft.Win32.SafeHandles.SafeFileHandle file, Span<byte> buffer, long offset)
    {
        var total = 0;
        while (total < buffer.Length)
        {
            var read = RandomAccess.Read(file, buffer[total..], offset + total);
            if (read == 0)
                break;
            total += read;
        }

        return total;
    }
}
