namespace JadeVector.Engine.Segments;

/// <summary>Piece <paramref name="index"/> of a section.</summary>
internal delegate ReadOnlySpan<byte> SectionPiece(int index);

/// <summary>A section to be written, pulled in order in amounts that suit the writer: pieces of any length, one behind the other.</summary>
internal sealed class SectionSource(long length, int pieceCount, SectionPiece piece)
{
    private int _index;
    private int _offset;

    public long Length { get; } = length;

    /// <summary>Copies the next bytes.</summary>
    /// <returns>Bytes copied: less than the target has only at the end of the section.</returns>
    public int Read(Span<byte> target)
    {
        var copied = 0;
        while (copied < target.Length && _index < pieceCount)
        {
            var rest = piece(_index)[_offset..];
            var count = Math.Min(rest.Length, target.Length - copied);
            rest[..count].CopyTo(target[copied..]);
            copied += count;
            _offset += count;
            if (count == rest.Length)
            {
                _index++;
                _offset = 0;
            }
        }

        return copied;
    }
}
