using System.Text.Json;

namespace JadeVector.Datasets;

/// <summary>A text with an id and metadata.</summary>
/// <param name="Metadata">A JSON object, or undefined for none.</param>
public sealed record Document(string Id, string Text, JsonElement Metadata);

/// <summary>Reads NDJSON: one object a line, with <c>id</c>, <c>text</c>, optionally <c>title</c>, and metadata either in <c>metadata</c> or in the other fields.</summary>
public static class Documents
{
    /// <exception cref="DatasetException">The file cannot be read, or a line is not such an object; the message names the line.</exception>
    public static IEnumerable<Document> Read(string path)
    {
        using var stream = DatasetFile.OpenRead(path);
        foreach (var document in Read(stream, path)) yield return document;
    }

    /// <param name="name">Names the source in messages.</param>
    public static IEnumerable<Document> Read(Stream stream, string name)
    {
        using var reader = new StreamReader(stream);
        var number = 0;
        while (ReadLine(reader, name) is { } line)
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line)) yield return Parse(line, $"{name}, line {number}");
        }
    }

    private static string? ReadLine(StreamReader reader, string name)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (InvalidDataException damaged)
        {
            throw new DatasetException($"{name} is not a whole gzip file: {damaged.Message}", damaged);
        }
    }

    private static Document Parse(string line, string place)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw new DatasetException($"{place}: not a JSON object.");
            var text = Text(root, "text") ?? throw new DatasetException($"{place}: there is no string \"text\".");
            if (Text(root, "title") is { } title && !text.StartsWith(title, StringComparison.Ordinal)) text = $"{title}: {text}";
            return new Document(Text(root, "id") ?? throw new DatasetException($"{place}: there is no string \"id\"."), text, Metadata(root));
        }
        catch (JsonException malformed)
        {
            throw new DatasetException($"{place}: not JSON: {malformed.Message}", malformed);
        }
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static JsonElement Metadata(JsonElement root)
    {
        if (root.TryGetProperty("metadata", out var given) && given.ValueKind == JsonValueKind.Object) return given.Clone();
        var others = root.EnumerateObject().Where(property => property.Name is not ("id" or "text"));
        return JsonSerializer.SerializeToElement(others.ToDictionary(property => property.Name, property => property.Value.Clone()));
    }
}
