using JadeVector.Engine.Memory;

namespace JadeVector.Engine.Segments;

/// <summary>An image that was written piece by piece, kept off the managed heap until it is stored.</summary>
internal sealed class ImagePieces : IDisposable
{
    private readonly NativeArena _bytes = new();
    private readonly List<(long Offset, int Length)> _pieces = [];

    public long Length { get; private set; }

    public void Add(ReadOnlySpan<byte> piece)
    {
        if (piece.IsEmpty)
            return;
        _pieces.Add((_bytes.Append(piece), piece.Length));
        Length += piece.Length;
    }

    /// <summary>The image as a section; this must live as long as it is read.</summary>
    public SectionSource ToSection() => new(Length, _pieces.Count, piece => _bytes.Slice(_pieces[piece].Offset, _pieces[piece].Length));

    public void Dispose() => _bytes.Dispose();
}
