using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using JadeVector.Hosting.Edge;

namespace JadeVector.Api.Requests;

/// <summary>Reads vectors straight into little-endian float32 bytes: an array of numbers, or <c>{"base64": "…"}</c> of such bytes.</summary>
internal static class ValuesReader
{
    /// <param name="reader">Before the value.</param>
    /// <param name="source">What the reader reads, to tell a literal NaN from other malformed JSON.</param>
    /// <returns>Shape [dimension], or null where the value is null.</returns>
    public static byte[]? Read(ref Utf8JsonReader reader, ReadOnlySpan<byte> source, in FieldPlace place, string field, int dimension)
    {
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.Null => null,
            JsonTokenType.StartArray => ReadArray(ref reader, source, place, field, dimension),
            JsonTokenType.StartObject => ReadBase64(ref reader, place, field, dimension),
            _ => throw Refuse.Invalid(place.Field(field), "must be an array of numbers or {\"base64\": \"…\"}."),
        };
    }

    private static byte[] ReadArray(ref Utf8JsonReader reader, ReadOnlySpan<byte> source, in FieldPlace place, string field, int dimension)
    {
        var values = GC.AllocateUninitializedArray<byte>(dimension * sizeof(float));
        var count = 0;
        while (ReadElement(ref reader, source, place, field, count))
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetSingle(out var value))
                throw Refuse.Invalid($"{place.Field(field)}[{count}]", "must be a number.");
            if (!float.IsFinite(value))
                throw Refuse.NotFinite(place.Field(field), count);
            if (count < dimension)
                BinaryPrimitives.WriteSingleLittleEndian(values.AsSpan(count * sizeof(float)), value);
            count++;
        }

        return count == dimension ? values : throw Refuse.WrongDimension(place.Field(field), dimension, count);
    }

    private static bool ReadElement(ref Utf8JsonReader reader, ReadOnlySpan<byte> source, in FieldPlace place, string field, int index)
    {
        try
        {
            reader.Read();
            return reader.TokenType != JsonTokenType.EndArray;
        }
        catch (JsonException) when (IsNotANumberLiteral(source, (int)reader.BytesConsumed))
        {
            throw Refuse.NotFinite(place.Field(field), index);
        }
    }

    /// <summary>Whether what stands there is the NaN or Infinity that some languages write into their JSON.</summary>
    private static bool IsNotANumberLiteral(ReadOnlySpan<byte> source, int at)
    {
        var rest = source[Math.Min(at, source.Length)..].TrimStart(" \t\r\n,-"u8);
        return rest.StartsWith("NaN"u8) || rest.StartsWith("Infinity"u8);
    }

    private static byte[] ReadBase64(ref Utf8JsonReader reader, in FieldPlace place, string field, int dimension)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.PropertyName)
            throw Refuse.Missing(place.Field(field) + ".base64", "the bytes of the vector.");
        if (!reader.ValueTextEquals("base64"u8))
            throw Refuse.Unknown($"{place.Field(field)}.{JsonText.StringOf(ref reader, place.Field(field))}");
        reader.Read();
        if (reader.TokenType != JsonTokenType.String)
            throw Refuse.Invalid(place.Field(field) + ".base64", "must be a string.");
        var values = reader.ValueIsEscaped
            // Some writers escape the plus signs of base64.
            ? Decode(Encoding.UTF8.GetBytes(JsonText.StringOf(ref reader, place.Field(field))), place, field, dimension)
            : Decode(reader.ValueSpan, place, field, dimension);
        reader.Read();
        if (reader.TokenType != JsonTokenType.EndObject)
            throw Refuse.Unknown($"{place.Field(field)}.{JsonText.StringOf(ref reader, place.Field(field))}");
        return values;
    }

    private static byte[] Decode(ReadOnlySpan<byte> text, in FieldPlace place, string field, int dimension)
    {
        if (!Base64.IsValid(text, out var length))
            throw Refuse.Invalid(place.Field(field) + ".base64", "is not base64.");
        if (length % sizeof(float) != 0)
            throw Refuse.Invalid(place.Field(field) + ".base64", $"is {length} bytes long, which is no whole number of float32.");
        if (length != dimension * sizeof(float))
            throw Refuse.WrongDimension(place.Field(field), dimension, length / sizeof(float));
        var values = GC.AllocateUninitializedArray<byte>(length);
        Base64.DecodeFromUtf8(text, values, out _, out _);
        var bad = VectorBytes.IndexOfNotFinite(values);
        return bad < 0 ? values : throw Refuse.NotFinite(place.Field(field), bad);
    }
}
