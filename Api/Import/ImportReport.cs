using System.Text.Json;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Api.Import;

/// <summary>Counts what became of the lines, and remembers the first errors.</summary>
internal sealed class ImportReport(int errorsMax)
{
    private readonly List<ImportError> _errors = [];

    public long Received { get; set; }

    public long Inserted { get; private set; }

    public long Updated { get; private set; }

    public long Failed { get; private set; }

    public long AcknowledgedLines { get; set; }

    public long Stored => Inserted + Updated;

    public ImportError? FirstError { get; private set; }

    public void Add(WriteStatus status)
    {
        if (status == WriteStatus.Created)
            Inserted++;
        else
            Updated++;
    }

    public void Fail(long line, string? id, string code, string detail)
    {
        Failed++;
        var error = new ImportError(line, id, code, detail);
        FirstError ??= error;
        if (_errors.Count < errorsMax)
            _errors.Add(error);
    }

    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("status"u8, Failed == 0 ? "success"u8 : "partial"u8);
        WriteMembers(writer);
        writer.WriteEndObject();
    }

    public void WriteMembers(Utf8JsonWriter writer)
    {
        writer.WriteNumber("received"u8, Received);
        writer.WriteNumber("count"u8, Stored);
        writer.WriteNumber("inserted"u8, Inserted);
        writer.WriteNumber("updated"u8, Updated);
        writer.WriteNumber("failed"u8, Failed);
        writer.WriteNumber("acknowledgedLines"u8, AcknowledgedLines);
        writer.WriteStartArray("errors"u8);
        // Errors of reading run ahead of errors of the write that is under way.
        foreach (var error in _errors.OrderBy(error => error.Line))
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
