using System.Runtime.InteropServices;

namespace JadeVector.Engine.MetadataIndexes;

/// <summary>Takes the next bytes of an image; they are good only during the call.</summary>
internal delegate void ImageSink(ReadOnlySpan<byte> bytes);

/// <summary>Writes an image from front to back and tells where things went.</summary>
internal sealed class ImageWriter(ImageSink sink)
{
    /// <summary>A set of more rows than this part of all is smaller as bits.</summary>
    private const int RowsPerNumber = 8 * sizeof(int);

    public long Position { get; private set; }

    private static ReadOnlySpan<byte> Zeros => new byte[8];

    public static bool IsDense(int count, int rowCount) => (long)count * RowsPerNumber > rowCount;

    /// <summary>Writes items, then zeros up to a multiple of 8.</summary>
    /// <returns>Where they are.</returns>
    public long Write<T>(ReadOnlySpan<T> items)
        where T : unmanaged
    {
        var position = Position;
        var bytes = MemoryMarshal.AsBytes(items);
        sink(bytes);
        var padding = -bytes.Length & 7;
        sink(Zeros[..padding]);
        Position += bytes.Length + padding;
        return position;
    }

    /// <summary>Writes a set of rows in the smaller form.</summary>
    /// <param name="rows">Ascending.</param>
    /// <param name="rowCount">Rows of the index.</param>
    public Posting WritePosting(ReadOnlySpan<int> rows, int rowCount)
    {
        if (rows.IsEmpty)
            return default;
        return IsDense(rows.Length, rowCount)
            ? new Posting { Position = WriteBits(rows, rowCount), Count = rows.Length, Form = PostingForm.Bits }
            : new Posting { Position = Write(rows), Count = rows.Length, Form = PostingForm.Rows };
    }

    public long WriteBits(ReadOnlySpan<int> rows, int rowCount)
    {
        using var bits = RowBitmap.Empty(rowCount);
        bits.Add(rows);
        return Write(bits.Words);
    }
}
