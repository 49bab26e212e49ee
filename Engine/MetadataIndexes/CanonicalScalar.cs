using JadeVector.Engine.Filters;

namespace JadeVector.Engine.MetadataIndexes;

/// <summary>One form for scalars that compare as equal: 1.0 is the integer 1, -0.0 is 0. Exact: a double that is a whole number of 64 bits is that number.</summary>
internal static class CanonicalScalar
{
    private const double TwoToThe63 = 9_223_372_036_854_775_808.0;

    public static Scalar From(Scalar scalar)
    {
        if (scalar.Kind is not ScalarKind.Double || scalar.Double is < -TwoToThe63 or >= TwoToThe63)
            return scalar;
        var whole = (long)scalar.Double;
        return whole == scalar.Double ? new Scalar { Kind = ScalarKind.Integer, Integer = whole } : scalar;
    }

    /// <param name="kind">Of the scalar.</param>
    /// <param name="bits">0 or 1, the integer, or the bits of the double.</param>
    /// <param name="text">UTF-8, for strings.</param>
    public static Scalar Of(ScalarKind kind, long bits, ReadOnlySpan<byte> text) => kind switch
    {
        ScalarKind.Text => Scalar.OfText(text),
        ScalarKind.Double => new Scalar { Kind = kind, Double = BitConverter.Int64BitsToDouble(bits) },
        _ => new Scalar { Kind = kind, Integer = bits },
    };
}
