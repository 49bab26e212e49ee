using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace JadeVector.Client.Json;

/// <summary>Writes values as <c>{"base64": "…"}</c> of little-endian float32; reads that and arrays of numbers.</summary>
internal sealed class VectorValuesConverter : JsonConverter<float[]>
{
    public override void Write(Utf8JsonWriter writer, float[] value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        if (BitConverter.IsLittleEndian)
        {
            writer.WriteBase64String("base64"u8, MemoryMarshal.AsBytes(value.AsSpan()));
        }
        else
        {
            var bytes = new byte[value.Length * sizeof(float)];
            for (var i = 0; i < value.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * sizeof(float)), value[i]);
            writer.WriteBase64String("base64"u8, bytes);
        }

        writer.WriteEndObject();
    }

    public override float[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.StartArray) return ReadNumbers(ref reader);
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("Vector values are an array of numbers or {\"base64\": …}.");
        reader.Read();
        if (reader.TokenType != JsonTokenType.PropertyName || !reader.ValueTextEquals("base64"u8)) throw new JsonException("Vector values have no \"base64\".");
        reader.Read();
        var bytes = reader.GetBytesFromBase64();
        if (bytes.Length % sizeof(float) != 0) throw new JsonException("Vector values are not whole float32 numbers.");
        var values = new float[bytes.Length / sizeof(float)];
        for (var i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i * sizeof(float)));
        reader.Read();
        return reader.TokenType == JsonTokenType.EndObject ? values : throw new JsonException("Vector values have more than \"base64\".");
    }

    private static float[] ReadNumbers(ref Utf8JsonReader reader)
    {
        var values = new List<float>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) values.Add(reader.GetSingle());
        return [.. values];
    }
}
