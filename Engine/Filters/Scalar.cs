using System.Text.Json;

namespace JadeVector.Engine.Filters;

internal enum ScalarKind
{
    Null,
    Boolean,
    Integer,
    Double,
    Text,
}

/// <summary>A scalar of a row, read in place.</summary>
internal readonly ref struct Scalar
{
    internal ScalarKind Kind { get; init; }

    internal long Integer { get; init; }

    internal double Double { get; init; }

    /// <summary>UTF-8, unescaped.</summary>
    internal ReadOnlySpan<byte> Text { get; init; }

    internal static Scalar OfText(ReadOnlySpan<byte> utf8) => new() { Kind = ScalarKind.Text, Text = utf8 };

    internal static Scalar Of(in Constant constant) =>
        new() { Kind = constant.Kind, Integer = constant.Integer, Double = constant.Double, Text = constant.Text };

    /// <summary>The scalar the reader stands on; a string must have no escapes.</summary>
    internal static Scalar Of(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Null => new() { Kind = ScalarKind.Null },
        JsonTokenType.False => new() { Kind = ScalarKind.Boolean, Integer = 0 },
        JsonTokenType.True => new() { Kind = ScalarKind.Boolean, Integer = 1 },
        JsonTokenType.Number when reader.TryGetInt64(out var integer) => new() { Kind = ScalarKind.Integer, Integer = integer },
        JsonTokenType.Number => new() { Kind = ScalarKind.Double, Double = reader.GetDouble() },
        JsonTokenType.String => OfText(reader.ValueSpan),
        _ => throw new InvalidOperationException($"{reader.TokenType} is not a scalar."),
    };
}

/// <summary>A scalar of a filter.</summary>
internal readonly record struct Constant(ScalarKind Kind, long Integer, double Double, byte[] Text)
{
    internal static Constant From(Scalar scalar) => new(scalar.Kind, scalar.Integer, scalar.Double, scalar.Text.ToArray());
}
