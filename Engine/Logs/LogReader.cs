using System.Text;
using JadeVector.Engine.Blobs;
using JadeVector.Engine.Manifests;

namespace JadeVector.Engine.Logs;

/// <summary>A place between two frames of a log: what is needed to read or write the next.</summary>
/// <param name="Offset">Bytes of the log that exist so far.</param>
/// <param name="Chain">Seed of the next frame's checksum.</param>
/// <param name="NextSequence">First sequence number of the next frame.</param>
/// <param name="AppendCount">Appends to the blob so far, the header's too; known to its writer only.</param>
internal sealed record LogPosition(LogIdentity Log, LogHeader Header, long Offset, uint Chain, ulong NextSequence, int AppendCount)
{
    /// <summary>No frames yet.</summary>
    public bool IsEmpty => Offset == LogHeader.SizeBytes;

    /// <summary>The log as it is when nothing more comes.</summary>
    public SealedLog Sealed => new(Log.Name, Offset, Header.FirstSequence, NextSequence - 1);
}

internal enum LogEnd
{
    /// <summary>More may come.</summary>
    Open,

    /// <summary>At the length that the manifest gives.</summary>
    Sealed,

    /// <summary>At a ROLL: the next log goes on.</summary>
    Rolled,

    /// <summary>At the first FENCE: what is behind it does not exist.</summary>
    Fenced,
}

/// <summary>A log that a manifest or a ROLL names is not there: dropped by another owner meanwhile, or lost.</summary>
internal sealed class LogMissingException(string blob) : Exception($"There is no log '{blob}'.")
{
    public string Blob { get; } = blob;
}

/// <summary>
/// Reads the frames of one log in order and stops at its end; asked again at an open end it goes on with what has come since.
/// Appends are all or nothing, so everything that is not a whole good frame is damage.
/// </summary>
internal sealed class LogReader
{
    private const int ReadSizeBytes = 512 * 1024;

    private readonly StoreCalls _store;
    private SealedLog? _seal;
    private long _lengthBytes = long.MaxValue; // read no further; beyond nothing is known
    private ReadOnlyMemory<byte> _ahead; // bytes of the blob from Position.Offset on
    private bool _endSeen; // the last read came to the end: what is ahead is all there was

    /// <summary>Reads on from a place that is known to be good.</summary>
    public LogReader(StoreCalls store, LogPosition position)
    {
        _store = store;
        Position = position;
    }

    public LogPosition Position { get; private set; }

    public LogEnd End { get; private set; }

    /// <summary>The name of the log that goes on, at <see cref="LogEnd.Rolled"/>.</summary>
    public string? RolledTo { get; private set; }

    /// <exception cref="LogMissingException">There is no such log.</exception>
    /// <exception cref="BlobDamagedException">It does not begin as that log does.</exception>
    public static async Task<LogReader> OpenAsync(
        StoreCalls store, LogIdentity log, int shard, SealedLog? seal, DateTimeOffset deadline, CancellationToken cancellation)
    {
        // The first frames come with the header: a short log is one read.
        var wanted = (int)Math.Min(ReadSizeBytes, Math.Max(LogHeader.SizeBytes, seal?.LengthBytes ?? ReadSizeBytes));
        var bytes = await store.ReadAsync(log.Blob, 0, wanted, deadline, cancellation) ?? throw new LogMissingException(log.Blob);
        if (bytes.Length < LogHeader.SizeBytes)
        {
            throw new BlobDamagedException(log.Blob, $"it has {bytes.Length} bytes and ends inside its header");
        }

        if (LogHeader.TryRead(bytes.Span[..LogHeader.SizeBytes], log, out var header, out var chain) is { } problem)
        {
            throw new BlobDamagedException(log.Blob, $"at offset 0: {problem}");
        }

        if (header.Shard != shard || (seal is not null && seal.FirstSequence != header.FirstSequence))
        {
            throw new BlobDamagedException(log.Blob, "at offset 0: it is not the log that the manifest means");
        }

        return new LogReader(store, new LogPosition(log, header, LogHeader.SizeBytes, chain, header.FirstSequence, 1))
        {
            _seal = seal,
            _ahead = bytes[LogHeader.SizeBytes..],
            _endSeen = bytes.Length < wanted,
        };
    }

    /// <summary>The manifest has fixed the end since this reader was opened.</summary>
    /// <exception cref="BlobDamagedException">More was read than the manifest says there is.</exception>
    public void SealAt(SealedLog seal)
    {
        if (Position.Offset > seal.LengthBytes || Position.Header.FirstSequence != seal.FirstSequence)
        {
            throw Damaged($"the manifest seals it at {seal.LengthBytes} bytes");
        }

        _seal = seal;
        _lengthBytes = long.MaxValue;
        _ahead = default;
        _endSeen = false;
        End = LogEnd.Open;
    }

    /// <summary>The log has this many bytes now: they are read without asking for more, until the next such word.</summary>
    public void ReadUpTo(long lengthBytes)
    {
        _lengthBytes = lengthBytes;
        _endSeen = false; // that end is older
    }

    /// <summary>The store takes no more appends to this log: its end, once reached, is final.</summary>
    public void CloseAtEnd() => End = LogEnd.Fenced;

    /// <returns>Null at the end: see <see cref="End"/>.</returns>
    public async Task<LogFrame?> NextAsync(DateTimeOffset deadline, CancellationToken cancellation)
    {
        if (End is not LogEnd.Open)
        {
            return null;
        }

        if (!await FillAsync(FrameHeader.SizeBytes, deadline, cancellation))
        {
            return _ahead.Length == 0 ? AtEnd() : throw Damaged($"it ends inside a frame, {_ahead.Length} bytes after its beginning");
        }

        var header = ReadHeader();
        if (!await FillAsync(header.FrameSizeBytes, deadline, cancellation))
        {
            throw Damaged($"it ends inside a frame of {header.FrameSizeBytes} bytes, {_ahead.Length} bytes after its beginning");
        }

        var frame = _ahead[..header.FrameSizeBytes];
        if (FrameHeader.CheckBody(frame.Span, out var chain) is { } problem)
        {
            throw Damaged(problem);
        }

        var payload = frame[FrameHeader.SizeBytes..^FrameHeader.TrailerSizeBytes];
        switch (header.Kind)
        {
            case FrameKind.Fence:
                End = LogEnd.Fenced;
                return null;
            case FrameKind.Roll:
                RolledTo = NextLogName(payload.Span);
                End = LogEnd.Rolled;
                return null;
            default:
                Position = Position with
                {
                    Offset = Position.Offset + header.FrameSizeBytes,
                    Chain = chain,
                    NextSequence = header.FirstSequence + (ulong)header.ItemCount,
                };
                _ahead = _ahead[header.FrameSizeBytes..];
                return new LogFrame(header.Epoch, header.FirstSequence, header.ItemCount, header.Request, payload);
        }
    }

    private FrameHeader ReadHeader()
    {
        if (FrameHeader.TryRead(_ahead.Span, Position.Chain, Position.Log.Seed, out var header) is { } problem)
        {
            throw Damaged(problem);
        }

        if (_seal is not null && header.Kind != FrameKind.Batch)
        {
            throw Damaged($"it is sealed further on, at {_seal.LengthBytes} bytes, and ends here");
        }

        if (header.Kind == FrameKind.Fence)
        {
            return header.Request.BodyHash == Position.Log.NameHash ? header : throw Damaged("the FENCE is another log's");
        }

        return header.Position == (ulong)Position.Offset
            && header.FirstSequence == Position.NextSequence
            && header.Epoch == Position.Header.Epoch
            && header.WriterNonce == Position.Header.WriterNonce
            ? header
            : throw Damaged("the frame was written for another place or by another owner");
    }

    private LogFrame? AtEnd()
    {
        if (_seal is not null)
        {
            if (Position.Offset != _seal.LengthBytes || Position.NextSequence != _seal.LastSequence + 1)
            {
                throw Damaged($"the manifest seals it at {_seal.LengthBytes} bytes and sequence {_seal.LastSequence}: the store has lost its end");
            }

            End = LogEnd.Sealed;
        }

        return null;
    }

    private string NextLogName(ReadOnlySpan<byte> payload)
    {
        var name = payload.Length <= LogNames.LengthMax ? Encoding.ASCII.GetString(payload) : "";
        return LogNames.TryParse(name, out var epoch) && epoch == Position.Header.Epoch ? name : throw Damaged("the ROLL names no log of this epoch");
    }

    /// <summary>Reads until that many bytes are ahead.</summary>
    /// <returns>False when the log ends before.</returns>
    private async Task<bool> FillAsync(int sizeBytes, DateTimeOffset deadline, CancellationToken cancellation)
    {
        while (_ahead.Length < sizeBytes)
        {
            if (_endSeen)
            {
                _endSeen = false; // when asked again, there may be more
                return false;
            }

            var offset = Position.Offset + _ahead.Length;
            var wanted = Math.Min(Math.Max(sizeBytes - _ahead.Length, ReadSizeBytes), Math.Min(_seal?.LengthBytes ?? long.MaxValue, _lengthBytes) - offset);
            if (wanted <= 0)
            {
                return false;
            }

            var more = await _store.ReadAsync(Position.Log.Blob, offset, (int)wanted, deadline, cancellation)
                ?? throw new LogMissingException(Position.Log.Blob);
            if (more.Length == 0)
            {
                return false;
            }

            _endSeen = more.Length < wanted;
            _ahead = _ahead.Length == 0 ? more : Join(_ahead, more);
        }

        return true;
    }

    private static byte[] Join(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second)
    {
        var joined = new byte[first.Length + second.Length];
        first.CopyTo(joined);
        second.CopyTo(joined.AsMemory(first.Length));
        return joined;
    }

    private BlobDamagedException Damaged(string what) => new(Position.Log.Blob, $"at offset {Position.Offset}: {what}");
}
