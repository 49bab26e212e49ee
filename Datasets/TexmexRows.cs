using System.Buffers.Binary;

namespace JadeVector.Datasets;

/// <summary><c>.fvecs</c>, <c>.bvecs</c> and <c>.ivecs</c> of the TEXMEX sets: every row is its dimension as int32 and its components, little-endian. The count is not in the file.</summary>
internal sealed class TexmexRows : RowSource
{
    private bool _isFirst = true;

    internal TexmexRows(Stream stream, string path, ElementType type)
        : base(stream, path)
    {
        Span<byte> header = stackalloc byte[sizeof(int)];
        ReadExactly(header);
        SetShape(null, BinaryPrimitives.ReadInt32LittleEndian(header), type);
    }

    /// <summary>Reads the next row's dimension; that of the first is read already.</summary>
    private protected override bool StartRow()
    {
        if (_isFirst)
        {
            _isFirst = false;
            return true;
        }

        Span<byte> header = stackalloc byte[sizeof(int)];
        var first = Stream.ReadByte();
        if (first < 0) return false;
        header[0] = (byte)first;
        ReadExactly(header[1..]);
        var dimension = BinaryPrimitives.ReadInt32LittleEndian(header);
        return dimension == Dimension ? true : throw Damaged($"row {Position} has {dimension} components, those before it {Dimension}");
    }
}
