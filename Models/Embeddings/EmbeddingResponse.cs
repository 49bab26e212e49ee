using System.Buffers.Binary;
using System.Text.Json;

namespace JadeVector.Models.Embeddings;

/// <summary>Reads the answer of an embeddings endpoint: <c>{"data":[{"index":0,"embedding":[…] or "base64 of little-endian float32"}, …]}</c>.</summary>
internal static class EmbeddingResponse
{
    /// <returns>One vector per text, in the order of the texts.</returns>
    /// <exception cref="FormatException">The answer is not of that shape; the message ends the sentence "The embedding endpoint …".</exception>
    internal static float[][] Read(ReadOnlyMemory<byte> json, int textCount, int? dimension)
    {
        using var document = Parse(json);
        if (document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Array)
            throw new FormatException("answered without an array \"data\".");
        if (data.GetArrayLength() != textCount)
            throw new FormatException($"answered with {data.GetArrayLength()} vectors for {textCount} texts.");

        var vectors = new float[textCount][];
        var place = 0;
        foreach (var item in data.EnumerateArray())
        {
            var index = item.ValueKind == JsonValueKind.Object && item.TryGetProperty("index", out var given) && given.TryGetInt32(out var number) ? number : place;
            if (index < 0 || index >= textCount || vectors[index] is not null)
                throw new FormatException($"answered with index {index} out of range or twice.");
            vectors[index] = Vector(item, dimension);
            place++;
        }

        return vectors;
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException malformed)
        {
            throw new FormatException("answered with something that is not JSON.", malformed);
        }
    }

    private static float[] Vector(JsonElement item, int? dimension)
    {
        if (item.ValueKind != JsonValueKind.Object || !item.TryGetProperty("embedding", out var embedding))
            throw new FormatException("answered with an item without \"embedding\".");
        var values = embedding.ValueKind switch
        {
            JsonValueKind.Array => Numbers(embedding),
            JsonValueKind.String when embedding.TryGetBytesFromBase64(out var bytes) && bytes.Length % sizeof(float) == 0 => Floats(bytes),
            _ => throw new FormatException("answered with an \"embedding\" that is neither an array of numbers nor base64 of float32."),
        };
        if (values.Length == 0) throw new FormatException("answered with an empty vector.");
        if (dimension is { } expected && values.Length != expected)
            throw new FormatException($"answered with {values.Length} components where {expected} are expected.");
        if (!values.All(float.IsFinite)) throw new FormatException("answered with a component that is not a finite number.");
        return values;
    }

    private static float[] Numbers(JsonElement array)
    {
        var values = new float[array.GetArrayLength()];
        var place = 0;
        foreach (var element in array.EnumerateArray())
        {
            values[place++] = element.ValueKind == JsonValueKind.Number && element.TryGetSingle(out var value)
                ? value
                : throw new FormatException("answered with a component that is not a number.");
        }

        return values;
    }

    private static float[] Floats(byte[] bytes)
    {
        var values = new float[bytes.Length / sizeof(float)];
        for (var i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i * sizeof(float)));
        return values;
    }
}
