using System.Buffers.Binary;
using JadeVector.Engine.Hashing;

namespace JadeVector.Engine.Blobs.Local;

/// <summary>What the 64-byte headers of both kinds of file have in common: magic, format version, checksum kind, and a checksum at the end.</summary>
internal static class LocalFormat
{
    internal const int HeaderSizeBytes = 64;
    internal const ushort FormatVersion = 1;
    internal const ushort ChecksumKindCrc32C = 1;

    private const int HeaderCrcOffset = 60;

    internal static void WriteStart(Span<byte> header, ReadOnlySpan<byte> magic)
    {
        magic.CopyTo(header);
        BinaryPrimitives.WriteUInt16LittleEndian(header[8..], FormatVersion);
        BinaryPrimitives.WriteUInt16LittleEndian(header[10..], ChecksumKindCrc32C);
    }

    internal static void WriteHeaderCrc(Span<byte> header) =>
        BinaryPrimitives.WriteUInt32LittleEndian(header[HeaderCrcOffset..], Crc32C.Compute(header[..HeaderCrcOffset]));

    internal static void CheckHeader(string name, ReadOnlySpan<byte> header, ReadOnlySpan<byte> magic)
    {
        if (header.Length < HeaderSizeBytes)
            throw new BlobDamagedException(name, $"its file ends inside its header, after {header.Length} bytes");
        if (Crc32C.Compute(header[..HeaderCrcOffset]) != BinaryPrimitives.ReadUInt32LittleEndian(header[HeaderCrcOffset..]))
            throw new BlobDamagedException(name, "its header fails its checksum");
        if (!header[..8].SequenceEqual(magic))
            throw new BlobDamagedException(name, "it is of another kind than asked for");
        var version = BinaryPrimitives.ReadUInt16LittleEndian(header[8..]);
        var checksum = BinaryPrimitives.ReadUInt16LittleEndian(header[10..]);
        if (version != FormatVersion || checksum != ChecksumKindCrc32C)
            throw new BlobDamagedException(name, $"it has format version {version} with checksum kind {checksum}; this program reads {FormatVersion} with {ChecksumKindCrc32C}");
    }
}
