using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace JadeVector.Engine.Ivf;

/// <summary>
/// Sums of table entries for 32 rows at once: the table of a group is 16 bytes, which one shuffle instruction looks up for a register full of codes
/// (André, Kermarrec, Le Scouarnec, "Accelerated Nearest Neighbor Search with Quick ADC", arXiv:1704.07355, and arXiv:1812.09162).
/// </summary>
/// <remarks>
/// A block of codes has 32 bytes for each pair of groups: byte r holds the code of row r for the even group in its low half and for the odd one in its high half.
/// Table entries are 0 to <see cref="EntryMax"/>, so that those of a pair add up in a byte; the sums over all pairs fit 16 bits.
/// </remarks>
internal static unsafe class CodeScan
{
    public const int BlockRows = 32;

    /// <summary>Two of them fit a byte.</summary>
    public const int EntryMax = 127;

    /// <summary>What the sums of a row may come to.</summary>
    public const int SumMax = ushort.MaxValue;

    /// <summary>Bytes of codes of a block.</summary>
    public static int BlockBytes(int groups) => groups / 2 * BlockRows;

    /// <summary>Puts the codes of a row into its block.</summary>
    /// <param name="codes">A byte for each group, 0 to 15.</param>
    public static void Pack(ReadOnlySpan<byte> codes, byte* block, int rowInBlock)
    {
        for (var pair = 0; pair < codes.Length / 2; pair++)
            block[(pair * BlockRows) + rowInBlock] = (byte)(codes[2 * pair] | (codes[(2 * pair) + 1] << 4));
    }

    /// <summary>Adds up the table entries of 32 rows.</summary>
    /// <param name="block">See the remarks on the class.</param>
    /// <param name="table">16 bytes for each group.</param>
    /// <param name="pairs">Pairs of groups.</param>
    /// <param name="sums">Takes 32 sums, in the order of the rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Sum(byte* block, byte* table, int pairs, ushort* sums)
    {
        if (Avx2.IsSupported)
        {
            SumAvx2(block, table, pairs, sums);
        }
        else
        {
            SumHalf(block, table, pairs, sums);
            SumHalf(block + 16, table, pairs, sums + 16);
        }
    }

    /// <summary>Which of 32 sums are below a bound: bit r for row r.</summary>
    /// <param name="bound">0 to <see cref="SumMax"/> + 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint RowsBelow(ushort* sums, int bound)
    {
        if (bound > SumMax)
            return uint.MaxValue;
        uint rows = 0;
        for (var first = 0; first < BlockRows; first += Vector128<ushort>.Count)
            rows |= Vector128.LessThan(Vector128.Load(sums + first), Vector128.Create((ushort)bound)).ExtractMostSignificantBits() << first;
        return rows;
    }

    /// <summary>The definition that the others are tested against.</summary>
    public static void SumReference(byte* block, byte* table, int pairs, ushort* sums)
    {
        for (var row = 0; row < BlockRows; row++)
        {
            sums[row] = 0;
            for (var pair = 0; pair < pairs; pair++)
            {
                var codes = block[(pair * BlockRows) + row];
                sums[row] += (ushort)(table[(32 * pair) + (codes & 15)] + table[(32 * pair) + 16 + (codes >> 4)]);
            }
        }
    }

    // The bytes of a pair are added to 16-bit sums without being unpacked: `all` gets even rows with 256 times the odd ones on top, which `odd` gets alone
    // and which are taken off at the end. Overflow on the way is harmless, since everything is modulo 2^16.
    private static void SumAvx2(byte* block, byte* table, int pairs, ushort* sums)
    {
        var low = Vector256.Create((byte)15);
        var all = Vector256<ushort>.Zero;
        var odd = Vector256<ushort>.Zero;
        for (var pair = 0; pair < pairs; pair++)
        {
            var codes = Vector256.Load(block + (pair * BlockRows));
            var tables = Vector256.Load(table + (pair * 32));
            var first = Avx2.Permute2x128(tables, tables, 0x00);
            var second = Avx2.Permute2x128(tables, tables, 0x11);
            var entries = (Avx2.Shuffle(first, codes & low) + Avx2.Shuffle(second, Vector256.ShiftRightLogical(codes.AsUInt16(), 4).AsByte() & low)).AsUInt16();
            all += entries;
            odd += Vector256.ShiftRightLogical(entries, 8);
        }

        var even = all - Vector256.ShiftLeft(odd, 8);
        // Unpacking works within halves of 128 bits: each half holds 16 rows in order.
        var firsts = Avx2.UnpackLow(even, odd);
        var seconds = Avx2.UnpackHigh(even, odd);
        firsts.GetLower().Store(sums);
        seconds.GetLower().Store(sums + 8);
        firsts.GetUpper().Store(sums + 16);
        seconds.GetUpper().Store(sums + 24);
    }

    /// <summary>16 rows, with what every processor has that .NET runs on (a table look-up instruction on Arm).</summary>
    internal static void SumHalf(byte* half, byte* table, int pairs, ushort* sums)
    {
        var low = Vector128.Create((byte)15);
        var firsts = Vector128<ushort>.Zero;
        var seconds = Vector128<ushort>.Zero;
        for (var pair = 0; pair < pairs; pair++)
        {
            var codes = Vector128.Load(half + (pair * BlockRows));
            var entries = Vector128.Shuffle(Vector128.Load(table + (pair * 32)), codes & low)
                + Vector128.Shuffle(Vector128.Load(table + (pair * 32) + 16), Vector128.ShiftRightLogical(codes, 4));
            firsts += Vector128.WidenLower(entries);
            seconds += Vector128.WidenUpper(entries);
        }

        firsts.Store(sums);
        seconds.Store(sums + 8);
    }
}
