using System.Buffers;
using JadeVector.Engine.Blobs.Files;

namespace JadeVector.Engine.Blobs.Local;

/// <summary>
/// Finds the blocks of an append blob when it is opened, and tells what a power cut left of an append that was never acknowledged
/// (torn: cut away) from bytes that were acknowledged and are wrong now (damage: an exception).
/// </summary>
/// <remarks>
/// Only the last append can be torn, because the one before it was flushed before it began. It is torn when
/// the file ends inside it; or its header is zero and so is everything after; or its header is whole, the file ends with it, and its end mark is zero.
/// All else is damage. Payloads before the last block are checked when they are read.
/// </remarks>
internal ref struct AppendScan
{
    private const int WindowSizeBytes = 64 * 1024;

    private readonly string _name;
    private readonly IFile _file;
    private readonly long _length;
    private readonly uint _seed;
    private readonly byte[] _window;
    private long _windowStart;
    private int _windowLength;

    private AppendScan(string name, IFile file, uint seed, byte[] window)
    {
        (_name, _file, _length, _seed, _window) = (name, file, file.Length, seed, window);
    }

    /// <returns>True when a torn block lies behind the last block in the index.</returns>
    internal static bool Run(string name, IFile file, uint seed, BlockIndex index)
    {
        var window = ArrayPool<byte>.Shared.Rent(WindowSizeBytes);
        try
        {
            return new AppendScan(name, file, seed, window).Run(index);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(window);
        }
    }

    private bool Run(BlockIndex index)
    {
        while (index.End.FileOffset < _length)
        {
            var place = index.End;
            if (_length - place.FileOffset < AppendFormat.BlockHeaderSizeBytes)
                return true;
            var header = Peek(place.FileOffset, AppendFormat.BlockHeaderSizeBytes);
            if (AppendFormat.ReadBlockHeader(header, place.Block, _seed) is not { } payloadLength)
                return IsZeroFrom(place.FileOffset) ? true : throw Damaged(place, "its header fails its checksum");
            var end = place.FileOffset + AppendFormat.BlockSizeBytes(payloadLength);
            if (end > _length)
                return true;
            if (end == _length && IsTorn(place, payloadLength))
                return true;
            index.Add(payloadLength);
        }

        return false;
    }

    /// <summary>Judges a last block that is all there by its length.</summary>
    private bool IsTorn(BlockIndex.Place place, int payloadLength)
    {
        var size = AppendFormat.BlockSizeBytes(payloadLength);
        var block = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            var bytes = block.AsSpan(0, size);
            if (_file.Read(place.FileOffset, bytes) != size)
                throw Damaged(place, "it could not be read to its end");
            if (!bytes[^AppendFormat.EndMarkSizeBytes..].ContainsAnyExcept((byte)0))
                return true;
            return AppendFormat.TryReadBlock(bytes, place.Block, _seed, out _) ? false : throw Damaged(place, "its payload fails its checksum");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    private bool IsZeroFrom(long offset)
    {
        while (offset < _length)
        {
            var bytes = Peek(offset, (int)Math.Min(WindowSizeBytes, _length - offset));
            if (bytes.ContainsAnyExcept((byte)0))
                return false;
            offset += bytes.Length;
        }

        return true;
    }

    private ReadOnlySpan<byte> Peek(long offset, int count)
    {
        if (offset < _windowStart || offset + count > _windowStart + _windowLength)
        {
            _windowStart = offset;
            _windowLength = _file.Read(offset, _window.AsSpan(0, WindowSizeBytes));
            if (_windowLength < count)
                throw new BlobDamagedException(_name, $"its file became shorter than {_length} bytes while it was read");
        }

        return _window.AsSpan((int)(offset - _windowStart), count);
    }

    private readonly BlobDamagedException Damaged(BlockIndex.Place place, string what) =>
        new(_name, $"block {place.Block} at byte {place.FileOffset} of its file: {what}");
}
