using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using JadeVector.Engine.Hashing;

namespace JadeVector.Engine.Logs;

// A log, version 1, little-endian. Spec: docs/formats/log.md; golden bytes: Tests/Engine/Logs/LogFormatTests. Keep the three in step.
//
// Log header, 64 bytes, the first append of the blob:
//   0 magic "JVLG" | 4 version u16 | 6 checksum kind u8 | 7 zero u8 | 8 shard u32 | 12 zero u32 | 16 epoch u64 | 24 firstSequence u64
//   32 writerNonce u64 | 40 nameHash u64 | 48 zero (12) | 60 headerCrc u32 over 0..59, seeded with the CRC-32C of the blob's name
//
// Frame, 88 bytes and its payload:
//   0 magic "JVLF" | 4 kind u8 | 5 zero (3) | 8 payloadSizeBytes u32 | 12 itemCount u32 | 16 epoch u64 | 24 firstSequence u64
//   32 writerNonce u64 | 40 requestIdHash u128 | 56 bodyHash u64 | 64 position u64 | 72 zero u32 | 76 headerCrc u32 over 0..75
//   80 payload | then payloadCrc u32 over the payload, seeded with headerCrc | magic "JVLE"
//
// The chain: headerCrc of a BATCH or ROLL is seeded with the payloadCrc of the frame before it (of the first frame: with the log
// header's crc). A FENCE is appended without knowing what is before it: its headerCrc is seeded with the CRC-32C of the blob's
// name, its position is all ones and its bodyHash is the nameHash.

internal enum FrameKind : byte
{
    Batch = 1,
    Roll = 2,
    Fence = 3,
}

/// <summary>A log's blob name and what its checksums are seeded with.</summary>
internal sealed record LogIdentity(string Name, string Blob)
{
    public uint Seed { get; } = Crc32C.Compute(Encoding.UTF8.GetBytes(Blob));

    public ulong NameHash { get; } = XxHash64.Compute(Encoding.UTF8.GetBytes(Blob));
}

/// <summary>The first bytes of a log.</summary>
internal readonly record struct LogHeader(int Shard, ulong Epoch, ulong FirstSequence, ulong WriterNonce)
{
    public const int SizeBytes = 64;
    public const ushort FormatVersion = 1;
    public const byte ChecksumCrc32C = 1;

    private static ReadOnlySpan<byte> Magic => "JVLG"u8;

    /// <returns>The chain value for the first frame.</returns>
    public uint Write(Span<byte> target, LogIdentity log)
    {
        target[..SizeBytes].Clear();
        Magic.CopyTo(target);
        BinaryPrimitives.WriteUInt16LittleEndian(target[4..], FormatVersion);
        target[6] = ChecksumCrc32C;
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], Shard);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(target[24..], FirstSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(target[32..], WriterNonce);
        BinaryPrimitives.WriteUInt64LittleEndian(target[40..], log.NameHash);
        var crc = Crc32C.Compute(target[..60], log.Seed);
        BinaryPrimitives.WriteUInt32LittleEndian(target[60..], crc);
        Debug.Assert(TryRead(target, log, out var header, out _) is null && header == this, "A header reads back as it was written.");
        return crc;
    }

    /// <returns>What is wrong with it, or null.</returns>
    public static string? TryRead(ReadOnlySpan<byte> source, LogIdentity log, out LogHeader header, out uint chain)
    {
        header = new LogHeader(
            BinaryPrimitives.ReadInt32LittleEndian(source[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[32..]));
        chain = BinaryPrimitives.ReadUInt32LittleEndian(source[60..]);
        if (!source[..4].SequenceEqual(Magic))
        {
            return "it does not begin as a log does";
        }

        // A newer version may keep its checksum elsewhere: it is named before anything else is judged.
        if (BinaryPrimitives.ReadUInt16LittleEndian(source[4..]) != FormatVersion || source[6] != ChecksumCrc32C)
        {
            return $"its format version {BinaryPrimitives.ReadUInt16LittleEndian(source[4..])} with checksum kind {source[6]} is not known to this build";
        }

        if (Crc32C.Compute(source[..60], log.Seed) != chain)
        {
            return "its header fails the checksum";
        }

        return BinaryPrimitives.ReadUInt64LittleEndian(source[40..]) != log.NameHash || source[48..60].ContainsAnyExcept((byte)0)
            ? "its header is another log's"
            : null;
    }
}

/// <summary>The fixed part of a frame.</summary>
internal readonly record struct FrameHeader(
    FrameKind Kind,
    int PayloadSizeBytes,
    int ItemCount,
    ulong Epoch,
    ulong FirstSequence,
    ulong WriterNonce,
    RequestKey Request,
    ulong Position)
{
    public const int SizeBytes = 80;
    public const int TrailerSizeBytes = 8;
    public const ulong FencePosition = ulong.MaxValue;

    /// <summary>With payload and trailer.</summary>
    public int FrameSizeBytes => SizeBytes + PayloadSizeBytes + TrailerSizeBytes;

    private static ReadOnlySpan<byte> Magic => "JVLF"u8;

    private static ReadOnlySpan<byte> EndMagic => "JVLE"u8;

    /// <summary>A FENCE for that log, wherever it lands.</summary>
    public static byte[] Fence(LogIdentity log, ulong epoch, ulong writerNonce)
    {
        var bytes = new byte[SizeBytes + TrailerSizeBytes];
        var header = new FrameHeader(FrameKind.Fence, 0, 0, epoch, 0, writerNonce, new RequestKey(0, log.NameHash), FencePosition);
        header.Write(bytes, [], log.Seed);
        return bytes;
    }

    /// <summary>Writes the whole frame.</summary>
    /// <returns>The chain value for the next frame.</returns>
    public uint Write(Span<byte> target, ReadOnlySpan<byte> payload, uint chain)
    {
        Debug.Assert(payload.Length == PayloadSizeBytes, "The header tells the size of its payload.");
        target[..SizeBytes].Clear();
        Magic.CopyTo(target);
        target[4] = (byte)Kind;
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], PayloadSizeBytes);
        BinaryPrimitives.WriteInt32LittleEndian(target[12..], ItemCount);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(target[24..], FirstSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(target[32..], WriterNonce);
        BinaryPrimitives.WriteUInt128LittleEndian(target[40..], Request.IdHash);
        BinaryPrimitives.WriteUInt64LittleEndian(target[56..], Request.BodyHash);
        BinaryPrimitives.WriteUInt64LittleEndian(target[64..], Position);
        var headerCrc = Crc32C.Compute(target[..76], chain);
        BinaryPrimitives.WriteUInt32LittleEndian(target[76..], headerCrc);
        payload.CopyTo(target[SizeBytes..]);
        var payloadCrc = Crc32C.Compute(payload, headerCrc);
        var trailer = target[(SizeBytes + payload.Length)..];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, payloadCrc);
        EndMagic.CopyTo(trailer[4..]);
        Debug.Assert(TryRead(target, chain, chain, out var header) is null && header == this, "A frame's header reads back as it was written.");
        return payloadCrc;
    }

    /// <summary>Reads a header of which <see cref="SizeBytes"/> are there.</summary>
    /// <param name="chain">Seed of every kind but FENCE.</param>
    /// <param name="fenceSeed">Seed of a FENCE: <see cref="LogIdentity.Seed"/>.</param>
    /// <returns>What is wrong with it, or null.</returns>
    public static string? TryRead(ReadOnlySpan<byte> source, uint chain, uint fenceSeed, out FrameHeader header)
    {
        header = new FrameHeader(
            (FrameKind)source[4],
            BinaryPrimitives.ReadInt32LittleEndian(source[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(source[12..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[24..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[32..]),
            new RequestKey(BinaryPrimitives.ReadUInt128LittleEndian(source[40..]), BinaryPrimitives.ReadUInt64LittleEndian(source[56..])),
            BinaryPrimitives.ReadUInt64LittleEndian(source[64..]));
        if (!source[..4].SequenceEqual(Magic))
        {
            return "no frame begins here";
        }

        var seed = header.Kind == FrameKind.Fence ? fenceSeed : chain;
        if (Crc32C.Compute(source[..76], seed) != BinaryPrimitives.ReadUInt32LittleEndian(source[76..]))
        {
            return "the frame's header fails its checksum, or belongs to another place or log";
        }

        return header.Kind is not (FrameKind.Batch or FrameKind.Roll or FrameKind.Fence)
            || header.PayloadSizeBytes is < 0 or > LogLimits.PayloadSizeBytesMax
            || header.ItemCount < 0
            ? "the frame's header makes no sense"
            : null;
    }

    /// <summary>Checks payload and trailer of a whole frame.</summary>
    /// <param name="frame">From its header to its trailer.</param>
    /// <returns>What is wrong with it, or null.</returns>
    public static string? CheckBody(ReadOnlySpan<byte> frame, out uint nextChain)
    {
        var headerCrc = BinaryPrimitives.ReadUInt32LittleEndian(frame[76..]);
        var trailer = frame[^TrailerSizeBytes..];
        nextChain = BinaryPrimitives.ReadUInt32LittleEndian(trailer);
        return Crc32C.Compute(frame[SizeBytes..^TrailerSizeBytes], headerCrc) != nextChain || !trailer[4..].SequenceEqual(EndMagic)
            ? "the frame's payload fails its checksum"
            : null;
    }
}
