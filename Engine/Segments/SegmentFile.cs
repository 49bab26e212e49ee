using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;

namespace JadeVector.Engine.Segments;

/// <summary>A segment's blob, mapped into memory. Dispose it when nobody reads the memory any more.</summary>
/// <remarks>
/// Header, footer and what lookups and walks rely on without checking are read and verified before anything is mapped. The bulk, which is
/// vectors and the bytes of rows, is verified block by block at first touch (<see cref="SegmentBlocks"/>), so that opening costs what the
/// structure costs; a small segment is verified whole.
/// </remarks>
internal sealed class SegmentFile : IDisposable
{
    /// <summary>Segments of up to this many bytes are verified whole when they are opened: one more read is cheaper than many small ones.</summary>
    public const long EagerSizeBytesMax = 1024 * 1024;

    private readonly LocalBlob _local;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private bool _disposed;

    private unsafe SegmentFile(LocalBlob local, SegmentHeader header, SegmentBlocks blocks)
    {
        _local = local;
        Header = header;
        Blocks = blocks;
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

    public SegmentBlocks Blocks { get; }

    /// <summary>The first byte of the content; on a 64-byte boundary.</summary>
    public unsafe byte* Start { get; }

    /// <exception cref="BlobDamagedException">It is missing, or what is verified at once is not what was written.</exception>
    public static async Task<SegmentFile> OpenAsync(EngineContext context, string blob, CancellationToken cancellation, long eagerSizeBytesMax = EagerSizeBytesMax)
    {
        var local = await context.Blobs.OpenLocalAsync(blob, cancellation) ?? throw new BlobDamagedException(blob, "the manifest names it and it is missing");
        try
        {
            return await context.Work.RunAsync(WorkKind.Storage, () => Open(local, blob, eagerSizeBytesMax, cancellation), cancellation);
        }
        catch
        {
            local.Dispose();
            throw;
        }
    }

    /// <summary>Where a section starts.</summary>
    public unsafe byte* At(SegmentSection section) => Start + Header[section].Offset;

    /// <summary>Whether a section is verified at first touch rather than when the segment is opened.</summary>
    public static bool IsLazy(SegmentSection section) => section is SegmentSection.Vectors or SegmentSection.Given or SegmentSection.Heap;

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
        Blocks.Dispose();
        _local.Dispose();
    }

    private static SegmentFile Open(LocalBlob local, string blob, long eagerSizeBytesMax, CancellationToken cancellation)
    {
        var file = File.OpenHandle(local.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.RandomAccess);
        try
        {
            var header = ReadHeader(file, local, blob);
            var blocks = new SegmentBlocks(file, local.Offset, header.ContentLength, ReadChecksums(file, local, header, blob), blob);
            if (header.ContentLength <= eagerSizeBytesMax)
                blocks.Ensure(0, header.ContentLength, cancellation);
            blocks.Ensure(0, SegmentHeader.Bytes, cancellation);
            foreach (var section in header.Sections)
            {
                if (!IsLazy(section.Kind))
                    blocks.Ensure(section.Place.Offset, section.Place.Length, cancellation);
            }

            return new SegmentFile(local, header, blocks);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static SegmentHeader ReadHeader(Microsoft.Win32.SafeHandles.SafeFileHandle file, LocalBlob local, string blob)
    {
        var bytes = new byte[SegmentHeader.Bytes];
        var read = SegmentBlocks.ReadAll(file, bytes.AsSpan(0, (int)Math.Min(bytes.Length, local.LengthBytes)), local.Offset);
        SegmentHeader header;
        try
        {
            header = SegmentHeader.Read(bytes.AsSpan(0, read), blob);
        }
        catch (InvalidDataException damage)
        {
            throw new BlobDamagedException(blob, damage.Message);
        }

        return header.BlobLength == local.LengthBytes
            ? header
            : throw new BlobDamagedException(blob, $"{local.LengthBytes} bytes in place of {header.BlobLength}");
    }

    private static uint[] ReadChecksums(Microsoft.Win32.SafeHandles.SafeFileHandle file, LocalBlob local, SegmentHeader header, string blob)
    {
        var footer = new byte[header.FooterBytes];
        if (SegmentBlocks.ReadAll(file, footer, local.Offset + header.FooterOffset) != footer.Length
            || MemoryMarshal.Read<uint>(footer.AsSpan(footer.Length - sizeof(uint))) != SegmentImage.FooterChecksum(footer.AsSpan(..^sizeof(uint))))
        {
            throw new BlobDamagedException(blob, "the table of checksums fails its own");
        }

        return MemoryMarshal.Cast<byte, uint>(footer.AsSpan(..^sizeof(uint))).ToArray();
    }
}
