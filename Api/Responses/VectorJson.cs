using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using JadeVector.Api.Requests;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Api.Responses;

/// <summary>How vectors and their parts are written.</summary>
internal static class VectorJson
{
    public static void WriteRecord(Utf8JsonWriter writer, VectorRecord vector, ValuesForm form)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, vector.Id);
        WriteParts(writer, vector.Values, vector.Metadata, vector.Text, form);
        writer.WriteNumber("version"u8, vector.Version);
        writer.WriteEndObject();
    }

    public static void WriteParts(Utf8JsonWriter writer, byte[]? values, byte[]? metadata, string? text, ValuesForm form)
    {
        if (values is not null && form != ValuesForm.None)
        {
            writer.WritePropertyName("values"u8);
            WriteValues(writer, values, form);
        }

        if (metadata is not null)
        {
            writer.WritePropertyName("metadata"u8);
            // Checked and minified when it came in.
            writer.WriteRawValue(metadata, skipInputValidation: true);
        }

        if (text is not null)
            writer.WriteString("text"u8, text);
    }

    /// <summary>Numbers in the shortest form that reads back as the same float32.</summary>
    public static void WriteValues(Utf8JsonWriter writer, ReadOnlySpan<byte> values, ValuesForm form)
    {
        if (form == ValuesForm.Base64)
        {
            writer.WriteStartObject();
            writer.WriteBase64String("base64"u8, values);
            writer.WriteEndObject();
            return;
        }

        writer.WriteStartArray();
        if (BitConverter.IsLittleEndian)
        {
            foreach (var value in MemoryMarshal.Cast<byte, float>(values))
                writer.WriteNumberValue(value);
        }
        else
        {
            for (var at = 0; at < values.Length; at += sizeof(float))
                writer.WriteNumberValue(BinaryPrimitives.ReadSingleLittleEndian(values[at..]));
        }

        writer.WriteEndArray();
    }
}
