using System.Buffers.Binary;
using JadeVector.Engine.Hashing;

namespace JadeVector.Engine.Snapshots;

/// <summary>Kinds of records of a snapshot file. The numbers never change meaning.</summary>
internal enum SnapshotRecordKind : uint
{
    /// <summary>What the control plane wants to know again; opaque here.</summary>
    Database = 1,

    /// <summary>u16 length and name of the manifest's blob; a manifest with one pin.</summary>
    Shard = 2,

    /// <summary>Name of a blob, relative to the shard; its bytes follow.</summary>
    Blob = 3,

    /// <summary>The next bytes of the blob.</summary>
    Bytes = 4,

    /// <summary>first sequence u64 | item count i32 | request id hash u128 | body hash u64 | payload.</summary>
    Frame = 5,

    /// <summary>Number of shards, u32. Nothing follows.</summary>
    End = 6,
}

// A snapshot as one file, version 1, little-endian. Spec: docs/formats/snapshot.md.
//
//   0 magic "JADESNAP" | 8 format version u32 = 1 | 12 checksum kind u32 = 1 (CRC-32C)
//   records: kind u32 | length u32 | crc32c u32 over the two before and the content, seeded with the crc of the record before | content
internal static class SnapshotFileFormat
{
    public const int HeaderBytes = 16;
    public const int RecordHeaderBytes = 12;
    public const uint FormatVersion = 1;
    public const int PieceBytes = 1024 * 1024;

    /// <summary>A frame's payload, or a manifest, with its few bytes before it.</summary>
    public const int ContentBytesMax = 16 * 1024 * 1024;

    private const uint ChecksumCrc32C = 1;

    private static ReadOnlySpan<byte> Magic => "JADESNAP"u8;

    public static void WriteHeader(Span<byte> target)
    {
        Magic.CopyTo(target);
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], FormatVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], ChecksumCrc32C);
    }

    /// <exception cref="InvalidDataException">It is no snapshot file of this version.</exception>
    public static void CheckHeader(ReadOnlySpan<byte> header)
    {
        if (header.Length < HeaderBytes || !header[..8].SequenceEqual(Magic))
            throw new InvalidDataException("The file does not begin as a snapshot does.");
        if (BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) is var version && version != FormatVersion)
            throw new InvalidDataException($"The snapshot file is of format version {version}; this program reads {FormatVersion}.");
        if (BinaryPrimitives.ReadUInt32LittleEndian(header[12..]) != ChecksumCrc32C)
            throw new InvalidDataException("The snapshot file has an unknown kind of checksum.");
    }

    /// <returns>The checksum, which seeds that of the next record.</returns>
    public static uint WriteRecordHeader(Span<byte> target, SnapshotRecordKind kind, ReadOnlySpan<byte> content, uint before)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, (uint)kind);
        BinaryPrimitives.WriteInt32LittleEndian(target[4..], content.Length);
        var crc = Crc32C.Compute(content, Crc32C.Compute(target[..8], before));
        BinaryPrimitives.WriteUInt32LittleEndian(target[8..], crc);
        return crc;
    }
}
