using System.Runtime.CompilerServices;

namespace JadeVector.Engine.Hnsw;

/// <summary>
/// A candidate of a walk in one number, so that a comparison of numbers is one by distance, then by row:
/// bits 63..32 the distance in an order-preserving form, 31..1 the row, 0 whether its links were followed already.
/// </summary>
internal static class CandidateKey
{
    /// <summary>After every candidate.</summary>
    public const ulong Last = ulong.MaxValue;

    /// <summary>The key of a row whose links were not followed yet. The distance is any number but NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(int row, float distance)
    {
        // Adding zero makes -0 the same as 0. Floats in sign and magnitude become unsigned integers of the same order.
        var bits = BitConverter.SingleToInt32Bits(distance + 0f);
        var ordered = (uint)(bits ^ ((bits >> 31) | int.MinValue));
        return ((ulong)ordered << 32) | ((uint)row << 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Row(ulong key) => (int)((uint)key >> 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Distance(ulong key)
    {
        var ordered = (int)(key >> 32);
        return BitConverter.Int32BitsToSingle(ordered ^ (~(ordered >> 31) | int.MinValue));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsFollowed(ulong key) => (key & 1) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Followed(ulong key) => key | 1;
}
