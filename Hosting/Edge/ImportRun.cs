using JadeVector.Grains.Interfaces;

namespace JadeVector.Hosting.Edge;

/// <summary>One line of an import: an item, or why it is none.</summary>
/// <param name="Number">From 1.</param>
internal readonly record struct ImportLine(long Number, VectorItem? Item, (string Code, string Detail) Refusal = default);

/// <summary>
/// One import: reads lines into a batch while the batch before it is being written. Two batches are all that is ever held,
/// and while both are busy nothing is read, so the client is slowed to the speed of the log.
/// </summary>
/// <param name="write">Writes a batch; given too the number of its first line.</param>
/// <param name="errorsMax">How many lines with an error the report names.</param>
internal sealed class ImportRun(Func<IReadOnlyList<VectorItem>, long, Task<IReadOnlyList<WriteItemResult>>> write, int errorsMax)
{
    private const int BatchItemsMax = 256;
    private const int BatchBytesMax = 3 * 1024 * 1024 + (512 * 1024);

    private Writing? _writing;

    public ImportReport Report { get; } = new(errorsMax);

    /// <exception cref="JadeException">The store refused; what <see cref="Report"/> counts is stored all the same.</exception>
    public async Task RunAsync(IAsyncEnumerable<ImportLine> lines, CancellationToken cancellation)
    {
        var batch = new List<(long Line, VectorItem Item)>(BatchItemsMax);
        long bytes = 0;
        long last = 0;
        try
        {
            await foreach (var (number, read, (code, detail)) in lines.WithCancellation(cancellation))
            {
                last = number;
                Report.Received++;
                if (read is not { } item)
                {
                    Report.Fail(number, null, code, detail);
                    continue;
                }

                var size = SizeOf(item);
                if (batch.Count == BatchItemsMax || bytes + size > BatchBytesMax)
                {
                    await StartWriting(batch, number - 1);
                    (batch, bytes) = (new(BatchItemsMax), 0);
                }

                batch.Add((number, item));
                bytes += size;
            }

            await StartWriting(batch, last);
        }
        finally
        {
            await SettleAsync();
        }
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

    private async Task<IReadOnlyList<WriteItemResult>> WriteAsync(List<(long Line, VectorItem Item)> batch) =>
        batch.Count == 0 ? [] : await write([.. batch.Select(entry => entry.Item)], batch[0].Line);

    private void Count(long line, string id, WriteItemResult result)
    {
        if (WriteOutcomes.IsStored(result))
        {
            Report.Add(result.Status);
            return;
        }

        var (code, detail) = WriteOutcomes.ReasonOf(result, id);
        Report.Fail(line, id, code, detail);
    }

    private static long SizeOf(VectorItem item) =>
        64 + (3L * item.Id.Length) + (item.Values?.Length ?? 0) + (item.Metadata?.Length ?? 0) + (3L * (item.Text?.Length ?? 0));

    private sealed record Writing(List<(long Line, VectorItem Item)> Batch, long UpToLine, Task<IReadOnlyList<WriteItemResult>> Results);
}
