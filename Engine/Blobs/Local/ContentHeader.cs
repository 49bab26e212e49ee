using System.Buffers.Binary;
using System.Diagnostics;
using JadeVector.Engine.Hashing;

namespace JadeVector.Engine.Blobs.Local;

/// <summary>The first 64 bytes of a file that holds a whole blob (put or uploaded); the content follows.</summary>
/// <remarks>
/// docs/formats/local-store.md. Little-endian:
/// 0 magic "JADEBLOB" | 8 format version (u16) | 10 checksum kind (u16, 1 = CRC-32C) | 12 CRC-32C of the content (u32) |
/// 16 blob version (16 bytes) | 32 content length (u64) | 40 zeros | 60 CRC-32C of bytes 0..59 (u32)
/// </remarks>
internal readonly record struct ContentHeader(Guid Version, long LengthBytes, uint ContentCrc)
{
    internal const int SizeBytes = 64;

    internal static ReadOnlySpan<byte> Magic => "JADEBLOB"u8;

    internal string VersionText => Version.ToString("N");

    internal void Write(Span<byte> target)
    {
        target[..SizeBytes].Clear();
        LocalFormat.WriteStart(target, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], ContentCrc);
        Version.TryWriteBytes(target[16..]);
        BinaryPrimitives.WriteInt64LittleEndian(target[32..], LengthBytes);
        LocalFormat.WriteHeaderCrc(target);
        Debug.Assert(Read("", target) == this, "What was written reads back.");
    }

    /// <exception cref="BlobDamagedException">These bytes are no such header.</exception>
    internal static ContentHeader Read(string name, ReadOnlySpan<byte> bytes)
    {
        LocalFormat.CheckHeader(name, bytes, Magic);
        return new ContentHeader(
            new Guid(bytes.Slice(16, 16)),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[32..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]));
    }

    internal void CheckContent(string name, ReadOnlySpan<byte> content)
    {
        if (content.Length != LengthBytes)
            throw new BlobDamagedException(name, $"its content is {content.Length} bytes long, its header says {LengthBytes}");
        if (Crc32C.Compute(content) != ContentCrc)
            throw new BlobDamagedException(name, "its content fails its checksum");
    }
}
