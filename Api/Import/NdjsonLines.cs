using System.Buffers;
using System.IO.Pipelines;

namespace JadeVector.Api.Import;

/// <summary>One line of a stream.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Bytes">Without its end; null when it is longer than allowed and was skipped. Valid until the next one is read.</param>
internal readonly record struct NdjsonLine(long Number, ReadOnlyMemory<byte>? Bytes);

/// <summary>Cuts a stream into lines, holding no more of it than one line.</summary>
internal sealed class NdjsonLines(PipeReader reader, int lineBytesMax)
{
    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    private byte[] _joined = [];
    private long _number;
    private SequencePosition? _consumed;
    private bool _skipping;

    /// <summary>The next line that is not empty, or null at the end.</summary>
    public async ValueTask<NdjsonLine?> NextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            if (_consumed is { } consumed)
                reader.AdvanceTo(consumed);
            _consumed = null;
            var read = await reader.ReadAsync(cancellation);
            var buffer = read.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                _consumed = buffer.GetPosition(1, end);
                if (Take(buffer.Slice(0, end)) is { } line)
                    return line;
            }
            else if (read.IsCompleted && buffer.IsEmpty && !_skipping)
            {
                reader.AdvanceTo(buffer.End);
                return null;
            }
            else if (read.IsCompleted)
            {
                _consumed = buffer.End;
                if (Take(buffer) is { } line)
                    return line;
            }
            else if (_skipping || buffer.Length > lineBytesMax)
            {
                _skipping = true;
                _consumed = buffer.End;
            }
            else
            {
                reader.AdvanceTo(buffer.Start, buffer.End);
            }
        }
    }

    private NdjsonLine? Take(ReadOnlySequence<byte> bytes)
    {
        _number++;
        if (_skipping || bytes.Length > lineBytesMax)
        {
            _skipping = false;
            return new NdjsonLine(_number, null);
        }

        var line = bytes.IsSingleSegment ? bytes.First : Join(bytes);
        if (_number == 1 && line.Span.StartsWith(ByteOrderMark))
            line = line[ByteOrderMark.Length..];
        var content = line.Trim(" \t\r"u8);
        return content.IsEmpty ? null : new NdjsonLine(_number, content);
    }

    private ReadOnlyMemory<byte> Join(ReadOnlySequence<byte> bytes)
    {
        var length = (int)bytes.Length;
        if (_joined.Length < length)
            _joined = new byte[Math.Min(lineBytesMax, Math.Max(length, 2 * _joined.Length))];
        bytes.CopyTo(_joined);
        return _joined.AsMemory(0, length);
    }
}
