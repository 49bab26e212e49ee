using System.Runtime.CompilerServices;
using System.Text.Json;
using JadeVector.Api.Requests;
using JadeVector.Hosting.Edge;

namespace JadeVector.Api.Import;

/// <summary>Reads a vector off each line of an import.</summary>
internal sealed class ImportLines(NdjsonLines lines, LimitOptions limits, int dimension)
{
    private readonly VectorItemReader _reader = new(limits, dimension);

    public async IAsyncEnumerable<ImportLine> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        while (await lines.NextAsync(cancellation) is { } line)
            yield return Read(line);
    }

    private string TooLong() => $"The line is longer than the limit {nameof(LimitOptions.ImportLineBytes)} of {limits.ImportLineBytes} bytes.";

    private ImportLine Read(NdjsonLine line)
    {
        try
        {
            if (line.Bytes is not { } bytes)
                return new ImportLine(line.Number, null, ("limit_exceeded", TooLong()));
            var reader = new Utf8JsonReader(bytes.Span, JsonFields.ReaderOptions);
            var item = _reader.Read(ref reader, bytes.Span, FieldPlace.Body);
            JsonFields.End(ref reader);
            return new ImportLine(line.Number, item);
        }
        catch (ApiRefusal refusal)
        {
            return new ImportLine(line.Number, null, (refusal.Code, refusal.Message));
        }
        catch (JsonException malformed)
        {
            return new ImportLine(line.Number, null, ("malformed_json", malformed.Message));
        }
    }
}
