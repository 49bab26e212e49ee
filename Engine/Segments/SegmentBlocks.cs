using JadeVector.Engine.Blobs;
using Microsoft.Win32.SafeHandles;

namespace JadeVector.Engine.Segments;

/// <summary>
/// Which blocks of a segment's content are known to be what was written. A block is read and checked with an ordinary read before anything in
/// it is used through the mapping for the first time: a file that has been cut short or cannot be read is an error here, where a mapping would
/// be a signal that kills the process.
/// </summary>
/// <remarks>Safe for use from several threads: two that come to a block first both check it.</remarks>
internal sealed class SegmentBlocks : IDisposable
{
    private const int ReadBlocksMax = 64;

    private readonly SafeFileHandle _file;
    private readonly long _start;
    private readonly long _contentLength;
    private readonly uint[] _checksums;
    private readonly int[] _verified; // a bit per block
    private readonly string _blob;
    private int _unverifiedCount;

    /// <param name="file">Taken over.</param>
    /// <param name="start">Where the content begins in the file.</param>
    /// <param name="contentLength">Bytes of content.</param>
    /// <param name="checksums">One per block; checked by the caller.</param>
    /// <param name="blob">For messages.</param>
    public SegmentBlocks(SafeFileHandle file, long start, long contentLength, uint[] checksums, string blob)
    {
        _file = file;
        _start = start;
        _contentLength = contentLength;
        _checksums = checksums;
        _blob = blob;
        _verified = new int[(checksums.Length + 31) / 32];
        _unverifiedCount = checksums.Length;
    }

    public int Count => _checksums.Length;

    /// <summary>Nothing is left to be checked before use.</summary>
    public bool AllVerified => Volatile.Read(ref _unverifiedCount) == 0;

    /// <summary>What was found wrong last; null when nothing was.</summary>
    public BlobDamagedException? Damage { get; private set; }

    /// <summary>Returns when all blocks that a range lies in are known to be good.</summary>
    /// <exception cref="BlobDamagedException">One is not.</exception>
    public void Ensure(long offset, long length, CancellationToken cancellation = default)
    {
        if (length == 0 || AllVerified)
            return;
        var last = BlockOf(offset + length - 1);
        byte[]? buffer = null;
        for (var block = BlockOf(offset); block <= last; block++)
        {
            if (IsVerified(block))
                continue;
            cancellation.ThrowIfCancellationRequested();
            var count = 1;
            while (count < ReadBlocksMax && block + count <= last && !IsVerified(block + count))
                count++;
            buffer ??= new byte[Math.Min(ReadBlocksMax, last - block + 1) * SegmentHeader.BlockBytes];
            Verify(block, count, buffer);
            block += count - 1;
        }
    }

    private void Verify(int first, int count, byte[] buffer)
    {
        var start = (long)first * SegmentHeader.BlockBytes;
        var read = ReadAll(_file, buffer.AsSpan(0, (int)Math.Min((long)count * SegmentHeader.BlockBytes, _contentLength - start)), _start + start);
        for (var i = 0; i < count; i++)
        {
            var offset = i * SegmentHeader.BlockBytes;
            var expected = (int)Math.Min(SegmentHeader.BlockBytes, _contentLength - start - offset);
            if (read < offset + expected || SegmentImage.Checksum(buffer.AsSpan(offset, expected), first + i) != _checksums[first + i])
            {
                Report(first + i);
                throw Damage!;
            }

            Mark(first + i);
        }
    }

    /// <summary>Reads a block anew, verified or not.</summary>
    /// <param name="block">0 to <see cref="Count"/>, exclusive.</param>
    /// <param name="buffer">At least <see cref="SegmentHeader.BlockBytes"/>.</param>
    /// <returns>Whether it is what was written.</returns>
    public bool IsGood(int block, byte[] buffer)
    {
        var offset = (long)block * SegmentHeader.BlockBytes;
        var expected = (int)Math.Min(SegmentHeader.BlockBytes, _contentLength - offset);
        return ReadAll(_file, buffer.AsSpan(0, expected), _start + offset) == expected
            && SegmentImage.Checksum(buffer.AsSpan(0, expected), block) == _checksums[block];
    }

    /// <summary>Remembers that a block was found damaged.</summary>
    public void Report(int block) =>
        Damage = new BlobDamagedException(_blob, $"the block at byte {(long)block * SegmentHeader.BlockBytes} fails its checksum");

    public void Dispose() => _file.Dispose();

    /// <returns>Bytes read: less than the buffer only at the end of the file.</returns>
    public static int ReadAll(SafeFileHandle file, Span<byte> buffer, long offset)
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

    private static int BlockOf(long offset) => (int)(offset / SegmentHeader.BlockBytes);

    private bool IsVerified(int block) => (Volatile.Read(ref _verified[block >> 5]) & (1 << (block & 31))) != 0;

    private void Mark(int block)
    {
        var bit = 1 << (block & 31);
        if ((Interlocked.Or(ref _verified[block >> 5], bit) & bit) == 0)
            Interlocked.Decrement(ref _unverifiedCount);
    }
}
