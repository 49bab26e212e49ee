using System.Numerics;
using System.Runtime.InteropServices;

namespace JadeVector.Engine.Hashing;

/// <summary>CRC-32C (Castagnoli), reflected, initial value and final xor 0xFFFFFFFF. Known answer for "123456789": 0xE3069283.</summary>
public static class Crc32C
{
    /// <summary>The checksum of <paramref name="bytes"/>, continuing from <paramref name="seed"/> (the checksum of what came before, or any other seed).</summary>
    public static uint Compute(ReadOnlySpan<byte> bytes, uint seed = 0)
    {
        var crc = ~seed;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (var word in words)
        {
            crc = BitOperations.Crc32C(crc, word);
        }

        foreach (var b in bytes[(words.Length * sizeof(ulong))..])
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }
}
