using System.Text;
using JadeVector.Engine.Blobs;

namespace JadeVector.Engine.Logs;

/// <summary>
/// Bytes that have been, or are about to be, sent to one position of a log. They own their memory and never change: they are sent
/// again, the same, until it is known what holds the position.
/// </summary>
internal sealed class PendingAppend
{
    private PendingAppend(LogPosition before, LogPosition after, byte[] bytes, LogPosition? next)
    {
        Before = before;
        After = after;
        Bytes = bytes;
        Next = next;
    }

    public LogPosition Before { get; }

    /// <summary>Where the log stands once the bytes are in it.</summary>
    public LogPosition After { get; }

    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The log that takes over when this is a ROLL.</summary>
    public LogPosition? Next { get; }

    /// <summary>Whether a caller was told that the outcome is unknown, so that durability has to be reported later.</summary>
    public bool IsLate { get; set; }

    /// <summary>Whether an attempt went without an answer, so that the bytes may be in the log though the last attempt did not put them there.</summary>
    public bool MayHaveLanded { get; set; }

    /// <exception cref="ArgumentException">The group is empty, too large, or not contiguous with the log.</exception>
    public static PendingAppend Batches(LogPosition before, IReadOnlyList<FrameDraft> group)
    {
        var sizeBytes = group.Sum(d => (long)d.SizeBytes);
        if (group.Count == 0 || sizeBytes > BlobLimits.AppendSizeBytesMax)
        {
            throw new ArgumentException(
                $"A group of {group.Count} frames and {sizeBytes} bytes is not 1 frame to {BlobLimits.AppendSizeBytesMax} bytes.", nameof(group));
        }

        var bytes = new byte[sizeBytes];
        var after = before;
        foreach (var draft in group)
        {
            if (draft.FirstSequence != after.NextSequence || draft.ItemCount < 0)
            {
                throw new ArgumentException($"A frame for sequence {draft.FirstSequence} was offered where {after.NextSequence} follows.", nameof(group));
            }

            after = Write(bytes, before, after, FrameKind.Batch, draft.ItemCount, draft.Request, draft.Payload.Span);
        }

        return new PendingAppend(before, after with { AppendCount = before.AppendCount + 1 }, bytes, next: null);
    }

    public static PendingAppend Roll(LogPosition before, LogPosition next)
    {
        var payload = Encoding.ASCII.GetBytes(next.Log.Name);
        var bytes = new byte[payload.Length + LogLimits.FrameOverheadBytes];
        var after = Write(bytes, before, before, FrameKind.Roll, 0, default, payload);
        return new PendingAppend(before, after, bytes, next);
    }

    /// <summary>The batches as replay would give them.</summary>
    public IEnumerable<LogFrame> Frames()
    {
        for (var rest = Next is null ? Bytes : default; rest.Length > 0;)
        {
            // The chain was computed when the bytes were written; here only the lengths and numbers are wanted.
            FrameHeader.TryRead(rest.Span, 0, 0, out var header);
            var payload = rest.Slice(FrameHeader.SizeBytes, header.PayloadSizeBytes);
            yield return new LogFrame(header.Epoch, header.FirstSequence, header.ItemCount, header.Request, payload);
            rest = rest[header.FrameSizeBytes..];
        }
    }

    private static LogPosition Write(
        byte[] target, LogPosition start, LogPosition at, FrameKind kind, int itemCount, RequestKey request, ReadOnlySpan<byte> payload)
    {
        var header = new FrameHeader(
            kind, payload.Length, itemCount, at.Header.Epoch, at.NextSequence, at.Header.WriterNonce, request, (ulong)at.Offset);
        var chain = header.Write(target.AsSpan((int)(at.Offset - start.Offset), header.FrameSizeBytes), payload, at.Chain);
        return at with { Offset = at.Offset + header.FrameSizeBytes, Chain = chain, NextSequence = at.NextSequence + (ulong)itemCount };
    }
}
