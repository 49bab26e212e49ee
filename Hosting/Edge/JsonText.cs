using System.Text.Json;

namespace JadeVector.Hosting.Edge;

/// <summary>Strings of JSON that must be Unicode text.</summary>
internal static class JsonText
{
    public static string StringOf(ref Utf8JsonReader reader, string field)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // The one way in which a syntactically valid JSON string is no text.
            throw Refuse.Invalid(field, "has an escaped half of a surrogate pair, or is not UTF-8.");
        }
    }
}
