using System.Buffers.Binary;
using JadeVector.Engine.Logs;

namespace JadeVector.Engine.Shards;

/// <summary>The answers of recent requests by request id. Bounded in number, bytes and age; the oldest are forgotten first.</summary>
/// <remarks>
/// Filled only from frames of the log, in their order, with the times written in them: after a restart it is as it was.
/// One thread at a time. Image, for checkpoints: docs/formats/segment.md.
/// </remarks>
internal sealed class RequestTable(int countMax, TimeSpan ageMax)
{
    private const int EntryBytes = 16 + 8 + 8 + 8 + 8 + 4;

    private readonly Dictionary<UInt128, Entry> _entries = [];
    private readonly Queue<UInt128> _order = new();
    private long _answerBytes;

    public int Count => _entries.Count;

    /// <summary>The first answer to that request, or null when it is not known.</summary>
    /// <exception cref="RefusalException"><c>request_id_reused</c>: the id is known with another body.</exception>
    public BatchAnswer? Find(RequestKey key, long nowMs)
    {
        if (!_entries.TryGetValue(key.IdHash, out var entry) || nowMs - entry.WrittenAtMs > ageMax.TotalMilliseconds)
            return null;
        CheckBody(key, entry.BodyHash);
        return entry.Answer;
    }

    public static void CheckBody(RequestKey key, ulong knownBodyHash)
    {
        if (key.BodyHash != knownBodyHash)
            throw new RefusalException(RefusalCodes.RequestIdReused, "requestId: it was used before for a request with other items.");
    }

    public void Add(RequestKey key, long writtenAtMs, BatchAnswer answer)
    {
        if (_entries.Remove(key.IdHash, out var forgotten))
        {
            // Only when the id had grown too old and was used again: its old place in the order goes with it.
            _answerBytes -= forgotten.Answer.Items.Length;
            RemoveFromOrder(key.IdHash);
        }

        _entries.Add(key.IdHash, new Entry(key.BodyHash, writtenAtMs, answer));
        _order.Enqueue(key.IdHash);
        _answerBytes += answer.Items.Length;
        while (_order.TryPeek(out var oldest) && MustForget(_entries[oldest], writtenAtMs))
        {
            _order.Dequeue();
            _entries.Remove(oldest, out var entry);
            _answerBytes -= entry.Answer.Items.Length;
        }
    }

    /// <summary>All entries, oldest first.</summary>
    public byte[] Save()
    {
        var image = new byte[checked(sizeof(int) + (_entries.Count * EntryBytes) + (int)_answerBytes)];
        BinaryPrimitives.WriteInt32LittleEndian(image, _entries.Count);
        var rest = image.AsSpan(sizeof(int));
        foreach (var idHash in _order)
        {
            var (bodyHash, writtenAtMs, answer) = _entries[idHash];
            BinaryPrimitives.WriteUInt128LittleEndian(rest, idHash);
            BinaryPrimitives.WriteUInt64LittleEndian(rest[16..], bodyHash);
            BinaryPrimitives.WriteInt64LittleEndian(rest[24..], writtenAtMs);
            BinaryPrimitives.WriteUInt64LittleEndian(rest[32..], answer.FirstSequence);
            BinaryPrimitives.WriteUInt64LittleEndian(rest[40..], answer.Sequence);
            BinaryPrimitives.WriteInt32LittleEndian(rest[48..], answer.Items.Length);
            answer.Items.CopyTo(rest[EntryBytes..]);
            rest = rest[(EntryBytes + answer.Items.Length)..];
        }

        return image;
    }

    /// <summary>Takes over what <see cref="Save"/> gave.</summary>
    /// <exception cref="InvalidDataException">It is not that.</exception>
    public void Load(ReadOnlySpan<byte> image)
    {
        var count = BinaryPrimitives.ReadInt32LittleEndian(Take(ref image, sizeof(int)));
        for (var i = 0; i < count; i++)
        {
            var entry = Take(ref image, EntryBytes);
            var items = Take(ref image, BinaryPrimitives.ReadInt32LittleEndian(entry[48..])).ToArray();
            var answer = new BatchAnswer(BinaryPrimitives.ReadUInt64LittleEndian(entry[32..]), BinaryPrimitives.ReadUInt64LittleEndian(entry[40..]), items);
            var key = new RequestKey(BinaryPrimitives.ReadUInt128LittleEndian(entry), BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]));
            Add(key, BinaryPrimitives.ReadInt64LittleEndian(entry[24..]), answer);
        }

        if (!image.IsEmpty)
            throw new InvalidDataException($"{image.Length} bytes after the last request.");
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> image, int length)
    {
        if ((uint)length > (uint)image.Length)
            throw new InvalidDataException("The list of requests ends before its last entry does.");
        var bytes = image[..length];
        image = image[length..];
        return bytes;
    }

    private bool MustForget(in Entry oldest, long nowMs) =>
        _entries.Count > countMax || _answerBytes > ShardLimits.RequestAnswersSizeBytesMax || nowMs - oldest.WrittenAtMs > ageMax.TotalMilliseconds;

    private void RemoveFromOrder(UInt128 idHash)
    {
        for (var left = _order.Count; left > 0; left--)
        {
            if (_order.Dequeue() is var other && other != idHash)
                _order.Enqueue(other);
        }
    }

    private readonly record struct Entry(ulong BodyHash, long WrittenAtMs, BatchAnswer Answer);
}
