using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace JadeVector.Cli.Datasets;

/// <summary>IDX, the format of MNIST: big-endian; 0, 0, type, rank, then the sizes. The first size counts the rows, the others make the dimension.</summary>
internal sealed class IdxRows : RowSource
{
    private const byte UnsignedBytes = 0x08, Floats = 0x0D;

    private readonly byte _type;
    private readonly byte[] _row;

    internal IdxRows(Stream stream, string path)
        : base(stream, path)
    {
        Span<byte> header = stackalloc byte[4];
        ReadExactly(header);
        _type = header[2];
        if (header[0] != 0 || header[1] != 0 || _type is not (UnsignedBytes or Floats)) throw Damaged("its first bytes are not those of an IDX file of bytes or floats");
        Span<byte> size = stackalloc byte[4];
        long? count = null;
        long dimension = 1;
        for (var rank = 0; rank < header[3]; rank++)
        {
            ReadExactly(size);
            var value = BinaryPrimitives.ReadUInt32BigEndian(size);
            if (count is null) count = value;
            else dimension = Math.Min(dimension * value, DimensionMax + 1L);
        }

        SetShape(count ?? throw Damaged("it has no rows"), dimension);
        _row = new byte[Dimension * (_type == Floats ? sizeof(float) : 1)];
    }

    private protected override bool ReadRow(Span<float> row)
    {
        ReadExactly(_row);
        if (_type == UnsignedBytes)
        {
            for (var i = 0; i < row.Length; i++) row[i] = _row[i];
        }
        else
        {
            var bits = MemoryMarshal.Cast<byte, int>(_row);
            for (var i = 0; i < row.Length; i++) row[i] = BitConverter.Int32BitsToSingle(BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(bits[i]) : bits[i]);
        }

        return true;
    }
}
