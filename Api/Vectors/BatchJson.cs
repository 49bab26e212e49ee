using System.Text.Json;
using JadeVector.Api.Problems;
using JadeVector.Hosting.Edge;

namespace JadeVector.Api.Vectors;

/// <summary>Writes what became of a batch.</summary>
internal static class BatchJson
{
    /// <summary>A problem with the first item's reason, and every item's.</summary>
    public static Task WriteRefusalAsync(HttpContext context, ApiRefusal refusal, BatchOutcomes outcomes) => ProblemWriter.WriteAsync(
        context, refusal.Code, refusal.Message,
        [.. refusal.Details, ("results", (object)(Action<Utf8JsonWriter>)(writer => WriteResults(writer, outcomes)))]);

    public static void Write(Utf8JsonWriter writer, BatchOutcomes outcomes)
    {
        writer.WriteStartObject();
        writer.WriteString("status"u8, outcomes.Failed == 0 ? "success"u8 : "partial"u8);
        writer.WriteNumber("count"u8, outcomes.Stored);
        writer.WriteNumber("inserted"u8, outcomes.Inserted);
        writer.WriteNumber("updated"u8, outcomes.Updated);
        writer.WriteNumber("failed"u8, outcomes.Failed);
        writer.WriteStartArray("errors"u8);
        for (var i = 0; i < outcomes.Count; i++)
        {
            if (outcomes.ReasonOf(i) is var (code, detail))
                WriteError(writer, i, outcomes.IdOf(i), code, detail);
        }

        writer.WriteEndArray();
        writer.WritePropertyName("results"u8);
        WriteResults(writer, outcomes);
        writer.WriteEndObject();
    }

    private static void WriteError(Utf8JsonWriter writer, int index, string? id, string code, string detail)
    {
        writer.WriteStartObject();
        writer.WriteNumber("index"u8, index);
        WriteId(writer, id);
        writer.WriteString("error"u8, code);
        writer.WriteString("message"u8, detail);
        writer.WriteEndObject();
    }

    private static void WriteResults(Utf8JsonWriter writer, BatchOutcomes outcomes)
    {
        writer.WriteStartArray();
        for (var i = 0; i < outcomes.Count; i++)
        {
            writer.WriteStartObject();
            WriteId(writer, outcomes.IdOf(i));
            writer.WriteString("status"u8, outcomes.ResultOf(i) is { } result ? WriteOutcomes.NameOf(result.Status) : "failed");
            if (outcomes.ResultOf(i) is { Version: > 0 } written)
                writer.WriteNumber("version"u8, written.Version);
            if (outcomes.ReasonOf(i) is var (code, detail))
            {
                writer.WriteString("code"u8, code);
                writer.WriteString("detail"u8, detail);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteId(Utf8JsonWriter writer, string? id)
    {
        if (id is not null)
            writer.WriteString("id"u8, id);
    }
}
