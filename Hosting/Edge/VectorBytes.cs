using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace JadeVector.Hosting.Edge;

/// <summary>Vectors as they cross grain calls: little-endian float32, never changed once made.</summary>
internal static class VectorBytes
{
    /// <param name="field">What is blamed for a component that is not finite.</param>
    public static byte[] Of(ReadOnlySpan<float> vector, string field)
    {
        var bytes = GC.AllocateUninitializedArray<byte>(vector.Length * sizeof(float));
        if (BitConverter.IsLittleEndian)
        {
            MemoryMarshal.AsBytes(vector).CopyTo(bytes);
        }
        else
        {
            for (var i = 0; i < vector.Length; i++)
                BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), vector[i]);
        }

        var bad = IndexOfNotFinite(bytes);
        return bad < 0 ? bytes : throw Refuse.NotFinite(field, bad);
    }

    /// <summary>The components, in an array of their own.</summary>
    public static float[] Read(ReadOnlySpan<byte> bytes)
    {
        var values = GC.AllocateUninitializedArray<float>(bytes.Length / sizeof(float));
        if (BitConverter.IsLittleEndian)
        {
            bytes.CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        }
        else
        {
            for (var i = 0; i < values.Length; i++)
                values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(i * sizeof(float))..]);
        }

        return values;
    }

    /// <summary>The index of the first component that is not finite, or -1.</summary>
    public static int IndexOfNotFinite(ReadOnlySpan<byte> values)
    {
        const uint ExponentBits = 0x7F80_0000;
        var words = MemoryMarshal.Cast<byte, uint>(values);
        for (var i = 0; i < words.Length; i++)
        {
            var word = BitConverter.IsLittleEndian ? words[i] : BinaryPrimitives.ReverseEndianness(words[i]);
            if ((word & ExponentBits) == ExponentBits)
                return i;
        }

        return -1;
    }
}
