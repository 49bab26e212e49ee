using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Hashing;
using JadeVector.Engine.Quantization;

namespace JadeVector.Engine.Manifests;

// A manifest, version 3, little-endian. Spec: docs/formats/manifest.md; golden bytes: Tests/Engine/Manifests/ManifestFormatTests.
// Keep the three in step.
//
//   0 magic "JVMF" | 4 version u16 | 6 checksum kind u8 | 7 zero u8 | 8 bodySizeBytes u32
//  12 crc u32 over 0..11 and then the body, seeded with the CRC-32C of the blob's name | 16 body
//
// Body, in this order; text is u16 length and UTF-8, a list is u32 count and its entries, "or none" is a text of length 0:
//   databaseId text | shard u32 | state u8 | epoch u64 | ownerNonce u64 | editCounter u64 | editNonce u64
//   firstHash u64 | lastHash u64 | mapVersion i64 | dimension u32 | metric u8 | index u8 | m u32 | efConstruction u32 | efSearch u32
//   codes u8
//   liveLog text | liveFirstSequence u64 | sealed logs: { name text | lengthBytes i64 | firstSequence u64 | lastSequence u64 }
//   segments: { name text | firstSequence u64 | lastSequence u64 | rowCount i64 | deletesBlob text or none | home text or none }
//   requestsBlob text or none | coveredSequence u64 | coveredAtMs i64
//   pins: { id text | createdAtMs i64 | segments as above | requestsBlob text or none | coveredSequence u64 | coveredAtMs i64
//           logs as sealed logs | lastSequence u64 }
internal static class ManifestFormat
{
    public const ushort FormatVersion = 3;
    public const byte ChecksumCrc32C = 1;
    public const int HeaderSizeBytes = 16;

    private static ReadOnlySpan<byte> Magic => "JVMF"u8;

    public static byte[] Write(ShardManifest manifest, string blob)
    {
        var body = new ArrayBufferWriter<byte>(512);
        WriteBody(new Writer(body), manifest);
        var bytes = new byte[HeaderSizeBytes + body.WrittenCount];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), FormatVersion);
        bytes[6] = ChecksumCrc32C;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), body.WrittenCount);
        body.WrittenSpan.CopyTo(bytes.AsSpan(HeaderSizeBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), Checksum(bytes, blob));
        Debug.Assert(Read(bytes, blob).EditNonce == manifest.EditNonce, "A manifest reads back as it was written.");
        return bytes;
    }

    /// <exception cref="BlobDamagedException">The bytes are not a whole manifest of that name.</exception>
    public static ShardManifest Read(ReadOnlySpan<byte> bytes, string blob)
    {
        if (bytes.Length < HeaderSizeBytes || !bytes[..4].SequenceEqual(Magic))
        {
            throw new BlobDamagedException(blob, "it does not begin as a manifest does");
        }

        var version = BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]);
        if (version != FormatVersion || bytes[6] != ChecksumCrc32C)
        {
            throw new BlobDamagedException(
                blob, $"its format version {version} with checksum kind {bytes[6]} is not known to this build");
        }

        if (BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]) != bytes.Length - HeaderSizeBytes
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) != Checksum(bytes, blob))
        {
            throw new BlobDamagedException(blob, "it fails its checksum");
        }

        return ReadBody(new Reader(bytes[HeaderSizeBytes..], blob));
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes, string blob) =>
        Crc32C.Compute(bytes[HeaderSizeBytes..], Crc32C.Compute(bytes[..12], Crc32C.Compute(Encoding.UTF8.GetBytes(blob))));

    private static void WriteBody(Writer writer, ShardManifest manifest)
    {
        writer.Text(manifest.DatabaseId);
        writer.U32((uint)manifest.Shard);
        writer.U8((byte)manifest.State);
        writer.U64(manifest.Epoch);
        writer.U64(manifest.OwnerNonce);
        writer.U64(manifest.EditCounter);
        writer.U64(manifest.EditNonce);
        writer.U64(manifest.FirstHash);
        writer.U64(manifest.LastHash);
        writer.U64((ulong)manifest.MapVersion);
        WriteConfig(writer, manifest.Config);
        writer.Text(manifest.LiveLog);
        writer.U64(manifest.LiveFirstSequence);
        WriteLogs(writer, manifest.SealedLogs);
        WriteSegments(writer, manifest.Segments);
        writer.Text(manifest.RequestsBlob ?? "");
        writer.U64(manifest.CoveredSequence);
        writer.U64((ulong)manifest.CoveredAtMs);
        writer.U32((uint)manifest.Pins.Count);
        foreach (var pin in manifest.Pins)
        {
            writer.Text(pin.Id);
            writer.U64((ulong)pin.CreatedAtMs);
            WriteSegments(writer, pin.Segments);
            writer.Text(pin.RequestsBlob ?? "");
            writer.U64(pin.CoveredSequence);
            writer.U64((ulong)pin.CoveredAtMs);
            WriteLogs(writer, pin.Logs);
            writer.U64(pin.LastSequence);
        }
    }

    /// <summary>Three numbers say how the index is built and searched; which ones depends on its kind.</summary>
    private static void WriteConfig(Writer writer, ShardConfig config)
    {
        writer.U32((uint)config.Dimension);
        writer.U8((byte)config.Metric);
        writer.U8((byte)config.Index);
        var (first, second, third) = config.Index switch
        {
            ShardIndexKind.Ivf => (config.Lists, config.CodeComponents, config.Probes),
            ShardIndexKind.Lsh => (config.Tables, config.Functions, config.Probes),
            _ => (config.M, config.EfConstruction, config.EfSearch),
        };
        writer.U32((uint)first);
        writer.U32((uint)second);
        writer.U32((uint)third);
        writer.U8((byte)config.Codes);
    }

    private static void WriteLogs(Writer writer, IReadOnlyList<SealedLog> logs)
    {
        writer.U32((uint)logs.Count);
        foreach (var log in logs)
        {
            writer.Text(log.Name);
            writer.U64((ulong)log.LengthBytes);
            writer.U64(log.FirstSequence);
            writer.U64(log.LastSequence);
        }
    }

    private static void WriteSegments(Writer writer, IReadOnlyList<SegmentEntry> segments)
    {
        writer.U32((uint)segments.Count);
        foreach (var segment in segments)
        {
            writer.Text(segment.Name);
            writer.U64(segment.FirstSequence);
            writer.U64(segment.LastSequence);
            writer.U64((ulong)segment.RowCount);
            writer.Text(segment.DeletesBlob ?? "");
            writer.Text(segment.Home ?? "");
        }
    }

    private static ShardManifest ReadBody(Reader reader)
    {
        var manifest = new ShardManifest
        {
            DatabaseId = reader.Text(),
            Shard = (int)reader.U32(),
            State = (ShardState)reader.U8(),
            Epoch = reader.U64(),
            OwnerNonce = reader.U64(),
            EditCounter = reader.U64(),
            EditNonce = reader.U64(),
            FirstHash = reader.U64(),
            LastHash = reader.U64(),
            MapVersion = (long)reader.U64(),
            Config = ReadConfig(ref reader),
            LiveLog = reader.Text(),
            LiveFirstSequence = reader.U64(),
            SealedLogs = ReadSealedLogs(ref reader),
            Segments = ReadSegments(ref reader),
            RequestsBlob = reader.TextOrNone(),
            CoveredSequence = reader.U64(),
            CoveredAtMs = (long)reader.U64(),
            Pins = ReadPins(ref reader),
        };
        reader.End();
        return manifest;
    }

    private static ShardConfig ReadConfig(ref Reader reader)
    {
        var (dimension, metric, kind) = ((int)reader.U32(), (Metric)reader.U8(), (ShardIndexKind)reader.U8());
        var (first, second, third, codes) = ((int)reader.U32(), (int)reader.U32(), (int)reader.U32(), (VectorCodes)reader.U8());
        return kind switch
        {
            ShardIndexKind.Hnsw or ShardIndexKind.Flat => new ShardConfig(dimension, metric, kind, first, second, third, codes),
            ShardIndexKind.Ivf => ShardConfig.ForCells(dimension, metric, lists: first, codeComponents: second, probes: third),
            ShardIndexKind.Lsh => ShardConfig.ForTables(dimension, metric, tables: first, functions: second, probes: third),
            _ => throw reader.Damaged($"its index is of kind {(byte)kind}, which is not known to this build"),
        };
    }

    private static SealedLog[] ReadSealedLogs(ref Reader reader)
    {
        var logs = new SealedLog[reader.Count()];
        for (var i = 0; i < logs.Length; i++)
        {
            logs[i] = new SealedLog(reader.Text(), (long)reader.U64(), reader.U64(), reader.U64());
        }

        return logs;
    }

    private static SegmentEntry[] ReadSegments(ref Reader reader)
    {
        var segments = new SegmentEntry[reader.Count()];
        for (var i = 0; i < segments.Length; i++)
        {
            segments[i] = new SegmentEntry(reader.Text(), reader.U64(), reader.U64(), (long)reader.U64(), reader.TextOrNone(), reader.TextOrNone());
        }

        return segments;
    }

    private static ShardPin[] ReadPins(ref Reader reader)
    {
        var pins = new ShardPin[reader.Count()];
        for (var i = 0; i < pins.Length; i++)
        {
            pins[i] = new ShardPin(
                reader.Text(), (long)reader.U64(), ReadSegments(ref reader), reader.TextOrNone(), reader.U64(), (long)reader.U64(), ReadSealedLogs(ref reader), reader.U64());
        }

        return pins;
    }

    private readonly ref struct Writer(ArrayBufferWriter<byte> target)
    {
        public void U8(byte value)
        {
            target.GetSpan(1)[0] = value;
            target.Advance(1);
        }

        public void U32(uint value)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(target.GetSpan(4), value);
            target.Advance(4);
        }

        public void U64(ulong value)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(target.GetSpan(8), value);
            target.Advance(8);
        }

        public void Text(string text)
        {
            var size = Encoding.UTF8.GetByteCount(text);
            BinaryPrimitives.WriteUInt16LittleEndian(target.GetSpan(2), checked((ushort)size));
            target.Advance(2);
            target.Advance(Encoding.UTF8.GetBytes(text, target.GetSpan(size + 1)));
        }
    }

    private ref struct Reader(ReadOnlySpan<byte> bytes, string blob)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public byte U8() => Take(1)[0];

        public uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

        public ulong U64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

        public string Text() => Encoding.UTF8.GetString(Take(BinaryPrimitives.ReadUInt16LittleEndian(Take(2))));

        public string? TextOrNone() => Text() is { Length: > 0 } text ? text : null;

        /// <summary>A count of entries that can be there: each takes more than a byte.</summary>
        public int Count() => U32() is var count && count <= _rest.Length ? (int)count : throw Damaged();

        public readonly void End()
        {
            if (_rest.Length > 0)
            {
                throw Damaged();
            }
        }

        private ReadOnlySpan<byte> Take(int count)
        {
            if (count > _rest.Length)
            {
                throw Damaged();
            }

            var taken = _rest[..count];
            _rest = _rest[count..];
            return taken;
        }

        public readonly BlobDamagedException Damaged(string how = "its checksum holds and its content makes no sense") => new(blob, how);
    }
}
