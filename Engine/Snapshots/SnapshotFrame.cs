using System.Buffers.Binary;
using JadeVector.Engine.Logs;

namespace JadeVector.Engine.Snapshots;

/// <summary>A frame of a log as a record of a snapshot file.</summary>
internal static class SnapshotFrame
{
    //   0 first sequence u64 | 8 item count i32 | 12 request id hash u128 | 28 body hash u64 | 36 payload
    public const int HeaderBytes = 36;

    public static void Write(Span<byte> target, LogFrame frame)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target, frame.FirstSequence);
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], frame.ItemCount);
        BinaryPrimitives.WriteUInt128LittleEndian(target[12..], frame.Request.IdHash);
        BinaryPrimitives.WriteUInt64LittleEndian(target[28..], frame.Request.BodyHash);
        frame.Payload.Span.CopyTo(target[HeaderBytes..]);
    }

    /// <exception cref="InvalidDataException">It is shorter than a frame is.</exception>
    public static LogFrame Read(ReadOnlyMemory<byte> record)
    {
        if (record.Length < HeaderBytes)
            throw new InvalidDataException("A frame in the snapshot file is cut short.");
        var bytes = record.Span;
        var request = new RequestKey(BinaryPrimitives.ReadUInt128LittleEndian(bytes[12..]), BinaryPrimitives.ReadUInt64LittleEndian(bytes[28..]));
        return new LogFrame(0, BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]), request, record[HeaderBytes..]);
    }
}
