using System.Runtime.CompilerServices;

namespace JadeVector.Engine.Distance;

/// <summary>A row and how far it is from the query: in order of distance, then of row.</summary>
public readonly record struct RowDistance(int Row, float Distance) : IComparable<RowDistance>
{
    /// <summary>Whether this comes before the other. Neither distance is NaN: no kernel yields one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsBefore(RowDistance other) =>
        Distance < other.Distance || (Distance == other.Distance && Row < other.Row);

    public int CompareTo(RowDistance other)
    {
        var byDistance = Distance.CompareTo(other.Distance);
        return byDistance != 0 ? byDistance : Row.CompareTo(other.Row);
    }

    public static bool operator <(RowDistance left, RowDistance right) => left.CompareTo(right) < 0;

    public static bool operator >(RowDistance left, RowDistance right) => left.CompareTo(right) > 0;

    public static bool operator <=(RowDistance left, RowDistance right) => left.CompareTo(right) <= 0;

    public static bool operator >=(RowDistance left, RowDistance right) => left.CompareTo(right) >= 0;
}
