using System.Buffers.Binary;

namespace JadeVector.Engine.Shards;

/// <summary>The payload of a BATCH frame: what became of each item, and all that is needed to apply it again.</summary>
/// <remarks>
/// Byte by byte in docs/formats/batch.md. Sequence numbers are not stored: the applied items take those of the frame in order. What has been
/// decided is never decided again: replay gives the outcomes that were answered.
/// </remarks>
internal static class BatchCodec
{
    public const byte FormatVersion = 1;
    public const int HeaderBytes = 16;

    /// <summary>Status, id length, metadata length, text length.</summary>
    public const int UpsertBytes = 11;
    public const int DeleteBytes = 3;
    public const int ConflictBytes = 9;

    public static bool IsApplied(WriteItemStatus status) => status is WriteItemStatus.Created or WriteItemStatus.Replaced or WriteItemStatus.Deleted;

    /// <summary>The most that the items can take, whatever becomes of them.</summary>
    public static int SizeBytesMax(ReadOnlySpan<PreparedItem> items)
    {
        long size = HeaderBytes;
        foreach (var (item, _, text) in items)
            size += Math.Max(ConflictBytes, UpsertBytes + item.Id.Length + item.Values.Length + (item.Metadata?.Length ?? 0) + (text?.Length ?? 0));
        return (int)Math.Min(size, int.MaxValue);
    }

    /// <param name="items">The batch.</param>
    /// <param name="outcomes">One per item.</param>
    /// <param name="writtenAt">Decides when the request id is forgotten.</param>
    public static byte[] Encode(ReadOnlySpan<PreparedItem> items, ReadOnlySpan<WriteItemOutcome> outcomes, DateTimeOffset writtenAt)
    {
        var buffer = new byte[SizeBytesMax(items)];
        buffer[0] = FormatVersion;
        BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(4), items.Length);
        BinaryPrimitives.WriteInt64LittleEndian(buffer.AsSpan(8), writtenAt.ToUnixTimeMilliseconds());
        var rest = buffer.AsSpan(HeaderBytes);
        for (var i = 0; i < items.Length; i++)
        {
            rest[0] = (byte)outcomes[i].Status;
            rest = outcomes[i].Status switch
            {
                WriteItemStatus.Created or WriteItemStatus.Replaced => EncodeUpsert(rest, items[i]),
                WriteItemStatus.Deleted => EncodeDelete(rest, items[i].Item),
                WriteItemStatus.VersionConflict => EncodeConflict(rest, outcomes[i].Version),
                _ => rest[1..],
            };
        }

        return buffer[..^rest.Length];
    }

    private static Span<byte> EncodeUpsert(Span<byte> target, in PreparedItem prepared)
    {
        var item = prepared.Item;
        BinaryPrimitives.WriteUInt16LittleEndian(target[1..], (ushort)item.Id.Length);
        BinaryPrimitives.WriteInt32LittleEndian(target[3..], item.Metadata?.Length ?? -1);
        BinaryPrimitives.WriteInt32LittleEndian(target[7..], prepared.Text?.Length ?? -1);
        target = Copy(item.Values.Span, target[UpsertBytes..]);
        target = Copy(item.Id.Span, target);
        target = Copy(item.Metadata is { } metadata ? metadata.Span : default, target);
        return Copy(prepared.Text, target);
    }

    private static Span<byte> EncodeDelete(Span<byte> target, WriteItem item)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(target[1..], (ushort)item.Id.Length);
        return Copy(item.Id.Span, target[DeleteBytes..]);
    }

    private static Span<byte> EncodeConflict(Span<byte> target, ulong version)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target[1..], version);
        return target[ConflictBytes..];
    }

    private static Span<byte> Copy(ReadOnlySpan<byte> bytes, Span<byte> target)
    {
        bytes.CopyTo(target);
        return target[bytes.Length..];
    }
}

/// <summary>Reads a payload item by item.</summary>
/// <exception cref="InvalidDataException">From every member: the payload is none of ours.</exception>
internal ref struct BatchReader
{
    private readonly int _valuesBytes;
    private ReadOnlySpan<byte> _rest;
    private int _left;

    public BatchReader(ReadOnlySpan<byte> payload, int dimension)
    {
        _rest = payload;
        _valuesBytes = dimension * sizeof(float);
        var header = Take(BatchCodec.HeaderBytes);
        if (header[0] != BatchCodec.FormatVersion)
            throw new InvalidDataException($"Batch of format version {header[0]}; this program reads {BatchCodec.FormatVersion}.");
        Count = _left = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
        WrittenAtMs = BinaryPrimitives.ReadInt64LittleEndian(header[8..]);
    }

    /// <summary>Items in the payload.</summary>
    public int Count { get; }

    public long WrittenAtMs { get; }

    public WriteItemStatus Status { get; private set; }

    /// <summary>Of a conflict.</summary>
    public ulong Version { get; private set; }

    /// <summary>Of an upsert: little-endian float32.</summary>
    public ReadOnlySpan<byte> Values { get; private set; }

    /// <summary>Of an upsert: id, metadata, text. Of a delete: the id.</summary>
    public ReadOnlySpan<byte> Heap { get; private set; }

    /// <summary>The lengths in <see cref="Heap"/>.</summary>
    public RowPlace Place { get; private set; }

    public readonly ReadOnlySpan<byte> Id => Heap[..Place.IdLength];

    public bool Next()
    {
        if (_left == 0)
            return _rest.IsEmpty ? false : throw new InvalidDataException($"{_rest.Length} bytes after the last item of a batch.");
        _left--;
        Status = (WriteItemStatus)Take(1)[0];
        Version = 0;
        Values = Heap = default;
        switch (Status)
        {
            case WriteItemStatus.Created or WriteItemStatus.Replaced:
                ReadUpsert();
                break;
            case WriteItemStatus.Deleted:
                Place = new RowPlace { IdLength = BinaryPrimitives.ReadUInt16LittleEndian(Take(2)), MetadataLength = -1, TextLength = -1 };
                Heap = Take(Place.IdLength);
                break;
            case WriteItemStatus.VersionConflict:
                Version = BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
                break;
            case WriteItemStatus.NotFound or WriteItemStatus.NotAttempted:
                break;
            default:
                throw new InvalidDataException($"Unknown item status {(byte)Status} in a batch.");
        }

        return true;
    }

    private void ReadUpsert()
    {
        var lengths = Take(BatchCodec.UpsertBytes - 1);
        Place = new RowPlace
        {
            IdLength = BinaryPrimitives.ReadUInt16LittleEndian(lengths),
            MetadataLength = BinaryPrimitives.ReadInt32LittleEndian(lengths[2..]),
            TextLength = BinaryPrimitives.ReadInt32LittleEndian(lengths[6..]),
        };
        Values = Take(_valuesBytes);
        Heap = Take(Place.HeapLength);
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if ((uint)length > (uint)_rest.Length)
            throw new InvalidDataException($"A batch ends {length - _rest.Length} bytes before its item does.");
        var bytes = _rest[..length];
        _rest = _rest[length..];
        return bytes;
    }
}
