using System.Text.Json;
using JadeVector.Hosting.Edge;

namespace JadeVector.Api.Requests;

/// <summary>Reads typed values off a <see cref="Utf8JsonReader"/>, refusing by the field's path what has another type.</summary>
internal static class JsonFields
{
    public static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = 64 };

    /// <summary>Moves into the body's object.</summary>
    public static void StartObject(ref Utf8JsonReader reader, in FieldPlace place)
    {
        if (reader.TokenType == JsonTokenType.None)
            reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Refuse.Invalid(place.ToString(), "must be a JSON object.");
    }

    /// <summary>Nothing but white space may follow the body's value.</summary>
    public static void End(ref Utf8JsonReader reader)
    {
        if (reader.Read())
            throw Refuse.Malformed("The body goes on after its JSON value.");
    }

    public static string? Text(ref Utf8JsonReader reader, in FieldPlace place, string field)
    {
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.Null => null,
            JsonTokenType.String => JsonText.StringOf(ref reader, place.Field(field)),
            _ => throw Refuse.Invalid(place.Field(field), "must be a string."),
        };
    }

    /// <summary>A text for a model.</summary>
    public static string? LimitedText(ref Utf8JsonReader reader, in FieldPlace place, string field, LimitOptions limits) =>
        Text(ref reader, place, field) is { } text ? FieldRules.Text(text, place.Field(field), limits) : null;

    public static bool? Flag(ref Utf8JsonReader reader, in FieldPlace place, string field)
    {
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.Null => null,
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => throw Refuse.Invalid(place.Field(field), "must be true or false."),
        };
    }

    public static int? Whole(ref Utf8JsonReader reader, in FieldPlace place, string field, int min, int max, string limitName)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number)
            ? FieldRules.Whole(number, place.Field(field), min, max, limitName)
            : throw FieldRules.NotWhole(place.Field(field), min, max);
    }

    public static ulong? Version(ref Utf8JsonReader reader, in FieldPlace place, string field)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        return reader.TokenType == JsonTokenType.Number && reader.TryGetUInt64(out var number)
            ? number
            : throw Refuse.Invalid(place.Field(field), "must be a whole number of at least 0.");
    }

    public static float? Single(ref Utf8JsonReader reader, in FieldPlace place, string field)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetSingle(out var number))
            throw Refuse.Invalid(place.Field(field), "must be a number.");
        return FieldRules.Finite(number, place.Field(field));
    }

    /// <summary>A field that is known but whose feature is not there: its default passes, anything else is refused by name.</summary>
    public static void OnlyDefault(ref Utf8JsonReader reader, in FieldPlace place, string field, string what)
    {
        reader.Read();
        var isDefault = reader.TokenType switch
        {
            JsonTokenType.Null or JsonTokenType.False => true,
            JsonTokenType.String => reader.ValueTextEquals("") || reader.ValueTextEquals("default"u8),
            JsonTokenType.StartObject or JsonTokenType.StartArray => IsEmpty(reader),
            _ => false,
        };
        if (!isDefault)
            throw Refuse.NotSupported(place.Field(field), what);
        reader.Skip();
    }

    /// <summary>The field that stands at the reader is none of the route's.</summary>
    public static ApiRefusal Unknown(ref Utf8JsonReader reader, in FieldPlace place) =>
        Refuse.Unknown(place.Field(JsonText.StringOf(ref reader, place.ToString())));

    /// <summary>Refuses the second occurrence of a field.</summary>
    /// <param name="seen">One bit per field.</param>
    public static void Once(ref uint seen, int bit, in FieldPlace place, string field)
    {
        if ((seen & (1u << bit)) != 0)
            throw Refuse.Invalid(place.Field(field), "is given twice.");
        seen |= 1u << bit;
    }

    private static bool IsEmpty(Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray;
    }
}
