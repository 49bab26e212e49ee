using System.Buffers.Binary;

namespace JadeVector.Cli.Datasets;

/// <summary><c>.fbin</c> of the big-ann benchmarks: uint32 count, uint32 dimension, then the rows in float32, all little-endian.</summary>
internal sealed class FbinRows : RowSource
{
    private readonly byte[] _row;

    internal FbinRows(Stream stream, string path)
        : base(stream, path)
    {
        Span<byte> header = stackalloc byte[8];
        ReadExactly(header);
        SetShape(BinaryPrimitives.ReadUInt32LittleEndian(header), BinaryPrimitives.ReadUInt32LittleEndian(header[4..]));
        _row = new byte[Dimension * sizeof(float)];
    }

    private protected override bool ReadRow(Span<float> row)
    {
        ReadExactly(_row);
        LittleEndianFloats.Read(_row, row);
        return true;
    }
}
