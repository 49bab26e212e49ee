using System.Buffers.Binary;

namespace JadeVector.Datasets;

/// <summary>IDX, the format of MNIST: big-endian; 0, 0, type, rank, then the sizes. The first size counts the rows, the others make the dimension.</summary>
internal sealed class IdxRows : RowSource
{
    private const byte UnsignedBytes = 0x08, Integers = 0x0C, Floats = 0x0D;

    internal IdxRows(Stream stream, string path)
        : base(stream, path)
    {
        Span<byte> header = stackalloc byte[4];
        ReadExactly(header);
        var type = header[2] switch
        {
            UnsignedBytes => ElementType.Byte,
            Integers => ElementType.Int32BigEndian,
            Floats => ElementType.Float32BigEndian,
            _ => (ElementType?)null,
        };
        if (header[0] != 0 || header[1] != 0 || type is null) throw Damaged("its first bytes are not those of an IDX file of bytes, int32 or float32");
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

        SetShape(count ?? throw Damaged("it has no rows"), dimension, type.Value);
    }
}
