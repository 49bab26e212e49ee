using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace JadeVector.Datasets;

/// <summary><c>.npy</c> of NumPy, versions 1 to 3: a two-dimensional array of uint8, int32, int64, uint64 below 2^63, float32 or float64, little-endian, in C order.</summary>
internal sealed partial class NpyRows : RowSource
{
    private const int HeaderBytesMax = 1 << 16;

    internal NpyRows(Stream stream, string path)
        : base(stream, path)
    {
        var header = ReadHeader();
        if (Description().Match(header) is not { Success: true } description) throw Damaged("it holds none of uint8, int32, int64, float32 and float64 in little-endian order");
        if (!header.Contains("'fortran_order': False", StringComparison.Ordinal)) throw Damaged("it is in Fortran order");
        if (Shape().Match(header) is not { Success: true } shape) throw Damaged("it is not two-dimensional");
        var type = description.Groups[1].Value switch
        {
            "|u1" => ElementType.Byte,
            "<i4" => ElementType.Int32,
            "<i8" or "<u8" => ElementType.Int64,
            "<f4" => ElementType.Float32,
            _ => ElementType.Float64,
        };
        SetShape(
            long.TryParse(shape.Groups[1].Value, CultureInfo.InvariantCulture, out var count) ? count : -1,
            long.TryParse(shape.Groups[2].Value, CultureInfo.InvariantCulture, out var dimension) ? dimension : -1,
            type);
    }

    private string ReadHeader()
    {
        Span<byte> start = stackalloc byte[8];
        ReadExactly(start);
        if (start[0] != 0x93 || !start[1..6].SequenceEqual("NUMPY"u8)) throw Damaged("its first bytes are not those of an .npy file");
        Span<byte> length = stackalloc byte[start[6] == 1 ? 2 : 4];
        ReadExactly(length);
        var bytes = start[6] == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(length) : BinaryPrimitives.ReadUInt32LittleEndian(length);
        if (bytes > HeaderBytesMax) throw Damaged($"its header says it is {bytes} bytes long");
        var header = new byte[bytes];
        ReadExactly(header);
        return Encoding.UTF8.GetString(header);
    }

    [GeneratedRegex(@"'descr': '(\|u1|<i[48]|<u8|<f[48])'")]
    private static partial Regex Description();

    [GeneratedRegex(@"'shape': \((\d+), (\d+)\)")]
    private static partial Regex Shape();
}
