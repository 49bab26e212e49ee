using System.Buffers.Binary;

namespace JadeVector.Cli.Datasets;

/// <summary><c>.fvecs</c> of the TEXMEX sets: every row is its dimension as int32 and its float32 components, little-endian. The count is not in the file.</summary>
internal sealed class FvecsRows : RowSource
{
    private readonly byte[] _row;
    private bool _isFirst = true;

    internal FvecsRows(Stream stream, string path)
        : base(stream, path)
    {
        Span<byte> header = stackalloc byte[sizeof(int)];
        ReadExactly(header);
        SetShape(null, BinaryPrimitives.ReadInt32LittleEndian(header));
        _row = new byte[Dimension * sizeof(float)];
    }

    private protected override bool ReadRow(Span<float> row)
    {
        if (!_isFirst && !ReadDimension()) return false;
        _isFirst = false;
        ReadExactly(_row);
        LittleEndianFloats.Read(_row, row);
        return true;
    }

    /// <summary>The next row's dimension, or false at the end of the file.</summary>
    private bool ReadDimension()
    {
        Span<byte> header = stackalloc byte[sizeof(int)];
        var first = Stream.ReadByte();
        if (first < 0) return false;
        header[0] = (byte)first;
        ReadExactly(header[1..]);
        var dimension = BinaryPrimitives.ReadInt32LittleEndian(header);
        return dimension == Dimension ? true : throw Damaged($"row {Position} has {dimension} components, those before it {Dimension}");
    }
}
