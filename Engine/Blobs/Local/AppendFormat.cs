using System.Buffers.Binary;
using JadeVector.Engine.Hashing;

namespace JadeVector.Engine.Blobs.Local;

/// <summary>The file of an append blob: a header, then one block for each append.</summary>
/// <remarks>
/// docs/formats/local-store.md. Little-endian. File header, 64 bytes:
/// 0 magic "JADEAPND" | 8 format version (u16) | 10 checksum kind (u16) | 12 zeros | 16 nonce (16 bytes) | 32 zeros | 60 CRC-32C of bytes 0..59.
/// Block, a multiple of 16 bytes long and so at a multiple of 16:
/// 0 payload length (u32) | 4 CRC-32C of the payload (u32) | 8 block number from 0 (u32) | 12 CRC-32C of bytes 0..11 (u32) |
/// 16 payload | zeros | last 8 bytes "blockend". Both checksums start from the CRC-32C of the nonce, so that a block of another file is no block of this one.
///
/// Disks write sectors of 512 bytes or more whole. Header and end mark lie inside a sector each, so after a power cut either is
/// there or is not; and no byte of a written end mark is zero. That is what tells a torn block from a damaged one.
/// </remarks>
internal static class AppendFormat
{
    internal const int FileHeaderSizeBytes = LocalFormat.HeaderSizeBytes;
    internal const int BlockHeaderSizeBytes = 16;
    internal const int EndMarkSizeBytes = 8;

    private const int BlockAlignment = 16;

    internal static ReadOnlySpan<byte> Magic => "JADEAPND"u8;

    internal static ReadOnlySpan<byte> EndMark => "blockend"u8;

    /// <summary>Bytes that a block takes in the file.</summary>
    internal static int BlockSizeBytes(int payloadLength) =>
        (BlockHeaderSizeBytes + payloadLength + EndMarkSizeBytes + BlockAlignment - 1) & ~(BlockAlignment - 1);

    internal static void WriteFileHeader(Span<byte> target, Guid nonce)
    {
        target[..FileHeaderSizeBytes].Clear();
        LocalFormat.WriteStart(target, Magic);
        nonce.TryWriteBytes(target[16..]);
        LocalFormat.WriteHeaderCrc(target);
    }

    /// <summary>Checks a file header.</summary>
    /// <returns>The seed of the file's checksums.</returns>
    internal static uint ReadFileHeader(string name, ReadOnlySpan<byte> header)
    {
        LocalFormat.CheckHeader(name, header, Magic);
        return Crc32C.Compute(header.Slice(16, 16));
    }

    /// <summary>Writes a whole block; the target is exactly as long as the block.</summary>
    internal static void WriteBlock(Span<byte> target, ReadOnlySpan<byte> payload, int number, uint seed)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], Crc32C.Compute(payload, seed));
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], number);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], Crc32C.Compute(target[..12], seed));
        payload.CopyTo(target[BlockHeaderSizeBytes..]);
        target[(BlockHeaderSizeBytes + payload.Length)..^EndMarkSizeBytes].Clear();
        EndMark.CopyTo(target[^EndMarkSizeBytes..]);
    }

    /// <summary>The payload length that a block header states; null when it is no header of this block.</summary>
    internal static int? ReadBlockHeader(ReadOnlySpan<byte> header, int number, uint seed)
    {
        if (Crc32C.Compute(header[..12], seed) != BinaryPrimitives.ReadUInt32LittleEndian(header[12..])
            || BinaryPrimitives.ReadInt32LittleEndian(header[8..]) != number)
            return null;
        var length = BinaryPrimitives.ReadInt32LittleEndian(header);
        return length is >= 1 and <= BlobLimits.AppendSizeBytesMax ? length : null;
    }

    /// <summary>The payload of a whole block; false when anything in it, padding and end mark included, is not as it was written.</summary>
    internal static bool TryReadBlock(ReadOnlySpan<byte> block, int number, uint seed, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        if (ReadBlockHeader(block, number, seed) is not { } length || BlockSizeBytes(length) != block.Length)
            return false;
        payload = block.Slice(BlockHeaderSizeBytes, length);
        return Crc32C.Compute(payload, seed) == BinaryPrimitives.ReadUInt32LittleEndian(block[4..])
            && !block[(BlockHeaderSizeBytes + length)..^EndMarkSizeBytes].ContainsAnyExcept((byte)0)
            && block[^EndMarkSizeBytes..].SequenceEqual(EndMark);
    }
}
