using System.Buffers.Binary;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Hashing;

namespace JadeVector.Engine.Segments;

/// <summary>A few bytes to some megabytes, written once and read whole: header and checksum around a content. Layout: docs/formats/segment.md.</summary>
internal static class CheckedBlob
{
    //   0 magic[8] | 8 format version u32 | 12 checksum kind u32 | 16 content length u64 | 24 content crc32c u32 | 28 crc32c of bytes 0..27
    public const int HeaderBytes = 32;
    public const uint FormatVersion = 1;
    private const uint ChecksumCrc32C = 1;
    private const int PieceBytes = 1024 * 1024;
    private const int ReadFirstBytes = 64 * 1024;

    /// <summary>Marks a list of remembered requests.</summary>
    public static ReadOnlySpan<byte> RequestsMagic => "JADEREQS"u8;

    /// <summary>Marks a list of deleted rows.</summary>
    public static ReadOnlySpan<byte> DeletesMagic => "JADEDELS"u8;

    public static byte[] Wrap(ReadOnlySpan<byte> magic, ReadOnlySpan<byte> content)
    {
        var bytes = new byte[HeaderBytes + content.Length];
        magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), FormatVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), ChecksumCrc32C);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(24), Crc32C.Compute(content));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(28), Crc32C.Compute(bytes.AsSpan(0, 28)));
        content.CopyTo(bytes.AsSpan(HeaderBytes));
        return bytes;
    }

    /// <summary>Stores wrapped bytes under a fresh name.</summary>
    public static async Task WriteAsync(IBlobStore blobs, string name, ReadOnlyMemory<byte> wrapped, CancellationToken cancellation)
    {
        await using var upload = await blobs.CreateAsync(name, cancellation);
        for (var offset = 0; offset < wrapped.Length; offset += PieceBytes)
            await upload.WriteAsync(wrapped.Slice(offset, Math.Min(PieceBytes, wrapped.Length - offset)), cancellation);
        if (!await upload.CommitAsync(cancellation))
            throw new InvalidOperationException($"The name {name} was drawn twice.");
    }

    /// <exception cref="BlobDamagedException">It is missing, or is not what was written.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(IBlobStore blobs, string name, byte[] magic, CancellationToken cancellation)
    {
        // Most are smaller than the first buffer: then one read tells all, the length too.
        var bytes = new byte[ReadFirstBytes];
        var total = 0;
        while (true)
        {
            var read = await blobs.ReadAsync(name, total, bytes.AsMemory(total), cancellation) ?? throw new BlobDamagedException(name, "the manifest names it and it is missing");
            total += read;
            if (total < bytes.Length)
                break;
            Array.Resize(ref bytes, checked(bytes.Length * 4));
        }

        Array.Resize(ref bytes, total);
        if (total < HeaderBytes)
            throw new BlobDamagedException(name, $"it has {total} bytes");
        var content = bytes.AsMemory(HeaderBytes);
        return Describe(bytes, magic) is { } damage ? throw new BlobDamagedException(name, damage) : content;
    }

    private static string? Describe(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> magic)
    {
        if (!bytes[..8].SequenceEqual(magic))
            return "the magic number is wrong";
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) is var version && version != FormatVersion)
            return $"format version {version}; this program reads {FormatVersion}";
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[28..]) != Crc32C.Compute(bytes[..28]) || BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) != ChecksumCrc32C)
            return "the header fails its checksum";
        if (BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]) != bytes.Length - HeaderBytes)
            return "it has another length than its header tells";
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes[24..]) == Crc32C.Compute(bytes[HeaderBytes..]) ? null : "the content fails its checksum";
    }
}
