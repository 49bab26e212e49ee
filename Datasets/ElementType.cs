using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace JadeVector.Datasets;

/// <summary>How a component is stored; little-endian where the name does not say otherwise.</summary>
internal enum ElementType
{
    Byte,
    Int32,
    Int64,
    Float32,
    Float64,
    Int32BigEndian,
    Float32BigEndian,
}

internal static class Elements
{
    internal static int SizeBytes(this ElementType type) => type switch
    {
        ElementType.Byte => sizeof(byte),
        ElementType.Int64 or ElementType.Float64 => sizeof(long),
        _ => sizeof(int),
    };

    /// <summary>Converts stored components to float32.</summary>
    internal static void ToFloats(ElementType type, ReadOnlySpan<byte> bytes, Span<float> values)
    {
        if (type == ElementType.Float32 && BitConverter.IsLittleEndian)
        {
            MemoryMarshal.Cast<byte, float>(bytes)[..values.Length].CopyTo(values);
            return;
        }

        var size = type.SizeBytes();
        for (var i = 0; i < values.Length; i++) values[i] = (float)Read(type, bytes[(i * size)..]);
    }

    /// <summary>Converts stored components to row numbers.</summary>
    /// <returns>False when one is no whole number from 0 to the largest int.</returns>
    internal static bool ToRowNumbers(ElementType type, ReadOnlySpan<byte> bytes, Span<int> values)
    {
        var size = type.SizeBytes();
        for (var i = 0; i < values.Length; i++)
        {
            var value = Read(type, bytes[(i * size)..]);
            if (!(value is >= 0 and <= int.MaxValue) || value != Math.Floor(value)) return false;
            values[i] = (int)value;
        }

        return true;
    }

    // A double holds every int32 and every float; of int64 row numbers, all that are in range.
    private static double Read(ElementType type, ReadOnlySpan<byte> bytes) => type switch
    {
        ElementType.Byte => bytes[0],
        ElementType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
        ElementType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        ElementType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(bytes),
        ElementType.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        ElementType.Int32BigEndian => BinaryPrimitives.ReadInt32BigEndian(bytes),
        ElementType.Float32BigEndian => BinaryPrimitives.ReadSingleBigEndian(bytes),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown type of component."),
    };
}
