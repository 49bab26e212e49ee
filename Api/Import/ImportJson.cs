using System.Text.Json;
using JadeVector.Hosting.Edge;

namespace JadeVector.Api.Import;

/// <summary>Writes what became of an import.</summary>
internal static class ImportJson
{
    public static void Write(Utf8JsonWriter writer, ImportReport report)
    {
        writer.WriteStartObject();
        writer.WriteString("status"u8, report.Failed == 0 ? "success"u8 : "partial"u8);
        WriteMembers(writer, report);
        writer.WriteEndObject();
    }

    public static void WriteMembers(Utf8JsonWriter writer, ImportReport report)
    {
        writer.WriteNumber("received"u8, report.Received);
        writer.WriteNumber("count"u8, report.Stored);
        writer.WriteNumber("inserted"u8, report.Inserted);
        writer.WriteNumber("updated"u8, report.Updated);
        writer.WriteNumber("failed"u8, report.Failed);
        writer.WriteNumber("acknowledgedLines"u8, report.AcknowledgedLines);
        writer.WriteStartArray("errors"u8);
        foreach (var error in report.Errors)
        {
            writer.WriteStartObject();
            writer.WriteNumber("line"u8, error.Line);
            if (error.Id is not null)
                writer.WriteString("id"u8, error.Id);
            writer.WriteString("error"u8, error.Error);
            writer.WriteString("message"u8, error.Message);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
