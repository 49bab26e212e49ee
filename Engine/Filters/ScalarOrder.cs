namespace JadeVector.Engine.Filters;

/// <summary>Equality and order of JSON scalars. Types are never converted: a string is neither equal to a number nor before one.</summary>
internal static class ScalarOrder
{
    private const double TwoToThe63 = 9_223_372_036_854_775_808.0;

    internal static bool AreEqual(Scalar a, in Constant b) => AreOfOneType(a.Kind, b.Kind) && Compare(a, Scalar.Of(b)) == 0;

    /// <summary>Whether two kinds have an order: the two kinds of number are one type.</summary>
    internal static bool AreOfOneType(ScalarKind a, ScalarKind b) => Rank(a) == Rank(b);

    /// <summary>A total order: null, booleans, numbers by value, strings by their UTF-8 bytes.</summary>
    internal static int Compare(Scalar a, Scalar b)
    {
        var byType = Rank(a.Kind).CompareTo(Rank(b.Kind));
        if (byType != 0) return byType;
        return a.Kind switch
        {
            ScalarKind.Null => 0,
            ScalarKind.Boolean => a.Integer.CompareTo(b.Integer),
            ScalarKind.Text => a.Text.SequenceCompareTo(b.Text),
            _ => CompareNumbers(a, b),
        };
    }

    private static int CompareNumbers(Scalar a, Scalar b) => (a.Kind, b.Kind) switch
    {
        (ScalarKind.Integer, ScalarKind.Integer) => a.Integer.CompareTo(b.Integer),
        (ScalarKind.Integer, _) => CompareExactly(a.Integer, b.Double),
        (_, ScalarKind.Integer) => -CompareExactly(b.Integer, a.Double),
        _ => a.Double.CompareTo(b.Double),
    };

    /// <summary>Compares the values, not their roundings: 2^53 + 1 is above the double 2^53.</summary>
    private static int CompareExactly(long integer, double real)
    {
        if (real >= TwoToThe63) return -1;
        if (real < -TwoToThe63) return 1;
        var whole = (long)real;   // towards zero, exact within this range
        var byWhole = integer.CompareTo(whole);
        return byWhole != 0 ? byWhole : 0.0.CompareTo(real - whole);
    }

    private static int Rank(ScalarKind kind) => kind switch
    {
        ScalarKind.Null => 0,
        ScalarKind.Boolean => 1,
        ScalarKind.Integer or ScalarKind.Double => 2,
        _ => 3,
    };
}
