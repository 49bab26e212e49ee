using System.Buffers.Binary;

namespace JadeVector.Datasets;

/// <summary><c>.fbin</c> and <c>.ibin</c> of the big-ann benchmarks: uint32 count, uint32 dimension, then the rows in float32 or int32, all little-endian. What follows the rows (distances, in lists of neighbours) is left unread.</summary>
internal sealed class BigAnnRows : RowSource
{
    internal BigAnnRows(Stream stream, string path, ElementType type)
        : base(stream, path)
    {
        Span<byte> header = stackalloc byte[8];
        ReadExactly(header);
        SetShape(BinaryPrimitives.ReadUInt32LittleEndian(header), BinaryPrimitives.ReadUInt32LittleEndian(header[4..]), type);
    }
}
