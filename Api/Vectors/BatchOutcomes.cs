using System.Text.Json;
using JadeVector.Api.Problems;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Api.Vectors;

/// <summary>What became of each vector of a batch, in the order of the request.</summary>
internal sealed class BatchOutcomes
{
    private readonly IReadOnlyList<BatchEntry> _entries;
    private readonly WriteItemResult?[] _results;

    public BatchOutcomes(IReadOnlyList<BatchEntry> entries)
    {
        _entries = entries;
        _results = new WriteItemResult?[entries.Count];
    }

    public int Count => _entries.Count;

    public int Stored => _results.Count(result => result is not null && VectorWrites.IsStored(result));

    public int Failed => Count - Stored;

    /// <summary>Results of the entries that were written, in order.</summary>
    public void Fill(IReadOnlyList<WriteItemResult> results)
    {
        var next = 0;
        for (var i = 0; i < _results.Length; i++)
        {
            if (_entries[i].Item is not null)
                _results[i] = results[next++];
        }
    }

    /// <summary>Nothing was stored: a problem with the first item's reason, and every item's.</summary>
    public Task WriteRefusalAsync(HttpContext context)
    {
        var reasons = Enumerable.Range(0, Count).Select(index => ReasonOf(index)!.Value).ToList();
        var (code, detail) = reasons.FirstOrDefault(reason => reason.Code != "not_attempted", reasons[0]);
        IEnumerable<(string, object?)> details = _entries[0].Refusal is { } refusal ? refusal.Details.Select(pair => (pair.Name, pair.Value)) : [];
        return ProblemWriter.WriteAsync(context, code, detail, [.. details, ("results", (object)(Action<Utf8JsonWriter>)WriteResults)]);
    }

    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("status"u8, Failed == 0 ? "success"u8 : "partial"u8);
        writer.WriteNumber("count"u8, Stored);
        writer.WriteNumber("inserted"u8, _results.Count(result => result?.Status == WriteStatus.Created));
        writer.WriteNumber("updated"u8, _results.Count(result => result?.Status == WriteStatus.Replaced));
        writer.WriteNumber("failed"u8, Failed);
        writer.WriteStartArray("errors"u8);
        for (var i = 0; i < Count; i++)
        {
            if (ReasonOf(i) is var (code, detail))
                WriteError(writer, i, code, detail);
        }

        writer.WriteEndArray();
        writer.WritePropertyName("results"u8);
        WriteResults(writer);
        writer.WriteEndObject();
    }

    private void WriteError(Utf8JsonWriter writer, int index, string code, string detail)
    {
        writer.WriteStartObject();
        writer.WriteNumber("index"u8, index);
        WriteId(writer, index);
        writer.WriteString("error"u8, code);
        writer.WriteString("message"u8, detail);
        writer.WriteEndObject();
    }

    private void WriteResults(Utf8JsonWriter writer)
    {
        writer.WriteStartArray();
        for (var i = 0; i < Count; i++)
        {
            writer.WriteStartObject();
            WriteId(writer, i);
            writer.WriteString("status"u8, _results[i] is { } result ? VectorWrites.NameOf(result.Status) : "failed");
            if (_results[i] is { Version: > 0 } written)
                writer.WriteNumber("version"u8, written.Version);
            if (ReasonOf(i) is var (code, detail))
            {
                writer.WriteString("code"u8, code);
                writer.WriteString("detail"u8, detail);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private void WriteId(Utf8JsonWriter writer, int index)
    {
        if (_entries[index].Item is { } item)
            writer.WriteString("id"u8, item.Id);
    }

    private (string Code, string Detail)? ReasonOf(int index)
    {
        if (_entries[index].Refusal is { } refusal)
            return (refusal.Code, refusal.Message);
        var result = _results[index]!;
        return VectorWrites.IsStored(result) ? null : VectorWrites.ReasonOf(result, _entries[index].Item!.Id);
    }
}
