namespace JadeVector.Engine.Logs;

/// <summary>Which request wrote a frame, and a hash of its body to tell a retry from another request under the same id.</summary>
/// <param name="IdHash">128-bit hash of the request id; 0 when the request has none.</param>
/// <param name="BodyHash">64-bit hash of the request's body.</param>
public readonly record struct RequestKey(UInt128 IdHash, ulong BodyHash);

/// <summary>A batch about to be written. The payload is opaque to the log.</summary>
/// <param name="FirstSequence">The sequence number of the first item: the one after the last of the frame before.</param>
/// <param name="ItemCount">How many sequence numbers it takes, 0 or more (conflicting items take none).</param>
/// <param name="Payload">At most <see cref="LogLimits.PayloadSizeBytesMax"/> bytes; must not change until the append has ended.</param>
internal sealed record FrameDraft(ulong FirstSequence, int ItemCount, RequestKey Request, ReadOnlyMemory<byte> Payload)
{
    /// <summary>What it takes in the log.</summary>
    public int SizeBytes => Payload.Length + LogLimits.FrameOverheadBytes;
}

/// <summary>A durable batch as the log has it.</summary>
internal sealed record LogFrame(ulong Epoch, ulong FirstSequence, int ItemCount, RequestKey Request, ReadOnlyMemory<byte> Payload)
{
    /// <summary>The last sequence number it takes; <see cref="FirstSequence"/> - 1 when it takes none.</summary>
    public ulong LastSequence => FirstSequence + (ulong)ItemCount - 1;
}
