using System.Globalization;
using System.Text.Json;
using JadeVector.Api.Options;
using JadeVector.Api.Problems;
using JadeVector.Api.Requests;
using JadeVector.Api.Vectors;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Api.Import;

/// <summary>
/// One import: reads lines into a batch while the batch before it is being written. Two batches are all that is ever held,
/// and while both are busy nothing is read, so the client is slowed to the speed of the log.
/// </summary>
internal sealed class ImportRun(EdgeServices edge, HttpContext context, DatabaseDescription database)
{
    private const int BatchItemsMax = 256;
    private const int BatchBytesMax = 3 * 1024 * 1024 + (512 * 1024);

    private readonly VectorItemReader _reader = new(edge.Limits, database.Settings.Dimension);
    private readonly string? _key = VectorWrites.IdempotencyKey(context);
    private Writing? _writing;

    public ImportReport Report { get; } = new(edge.Limits.ImportErrors);

    /// <exception cref="JadeException">The store refused; what <see cref="Report"/> counts is stored all the same.</exception>
    public async Task RunAsync()
    {
        var lines = new NdjsonLines(context.Request.BodyReader, edge.Limits.ImportLineBytes);
        var batch = new List<(long Line, VectorItem Item)>(BatchItemsMax);
        long bytes = 0;
        long last = 0;
        try
        {
            while (await lines.NextAsync(context.RequestAborted) is { } line)
            {
                last = line.Number;
                Report.Received++;
                if (Read(line) is not { } item)
                    continue;
                var size = SizeOf(item);
                if (batch.Count == BatchItemsMax || bytes + size > BatchBytesMax)
                {
                    await StartWriting(batch, line.Number - 1);
                    (batch, bytes) = (new(BatchItemsMax), 0);
                }

                batch.Add((line.Number, item));
                bytes += size;
            }

            await StartWriting(batch, last);
        }
        finally
        {
            await SettleAsync();
        }
    }

    private VectorItem? Read(NdjsonLine line)
    {
        try
        {
            if (line.Bytes is not { } bytes)
            {
                throw new ApiRefusal(
                    "limit_exceeded", $"The line is longer than the limit {nameof(LimitOptions.ImportLineBytes)} of {edge.Limits.ImportLineBytes} bytes.");
            }

            var reader = new Utf8JsonReader(bytes.Span, JsonFields.ReaderOptions);
            var item = _reader.Read(ref reader, bytes.Span, FieldPlace.Body);
            JsonFields.End(ref reader);
            return item;
        }
        catch (ApiRefusal refusal)
        {
            Report.Fail(line.Number, null, refusal.Code, refusal.Message);
        }
        catch (JsonException malformed)
        {
            Report.Fail(line.Number, null, "malformed_json", malformed.Message);
        }

        return null;
    }

    /// <summary>Waits for the batch before, so that of two lines with one id the later wins.</summary>
    private async Task StartWriting(List<(long Line, VectorItem Item)> batch, long upToLine)
    {
        await SettleAsync();
        _writing = new Writing(batch, upToLine, WriteAsync(batch));
    }

    /// <summary>Counts what became of the batch that is being written.</summary>
    private async Task SettleAsync()
    {
        if (_writing is not { } writing)
            return;

        _writing = null;
        var results = await writing.Results;
        for (var i = 0; i < writing.Batch.Count; i++)
            Count(writing.Batch[i].Line, writing.Batch[i].Item.Id, results[i]);
        Report.AcknowledgedLines = writing.UpToLine;
    }

    private async Task<IReadOnlyList<WriteItemResult>> WriteAsync(List<(long Line, VectorItem Item)> batch)
    {
        if (batch.Count == 0)
            return [];

        using var time = RequestTime.OfWrite(context, edge.Limits, edge.Clock);
        await edge.Embedder.EmbedAsync(database, [.. batch.Select(entry => entry.Item)], time.Token);
        var options = new WriteOptions
        {
            RequestId = _key is null ? null : string.Create(CultureInfo.InvariantCulture, $"{_key}/{batch[0].Line}"),
            Deadline = time.Deadline,
        };
        VectorWrite[] writes = [.. batch.Select(entry => entry.Item.ToWrite(mustExist: false, onlyNew: false))];
        return (await VectorWrites.WriteAsync(edge, context, database.Id, writes, options, time)).Items;
    }

    private void Count(long line, string id, WriteItemResult result)
    {
        if (VectorWrites.IsStored(result))
        {
            Report.Add(result.Status);
            return;
        }

        var (code, detail) = VectorWrites.ReasonOf(result, id);
        Report.Fail(line, id, code, detail);
    }

    private static long SizeOf(VectorItem item) =>
        64 + (3L * item.Id.Length) + (item.Values?.Length ?? 0) + (item.Metadata?.Length ?? 0) + (3L * (item.Text?.Length ?? 0));

    private sealed record Writing(List<(long Line, VectorItem Item)> Batch, long UpToLine, Task<IReadOnlyList<WriteItemResult>> Results);
}
