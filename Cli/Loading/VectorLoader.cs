using System.Globalization;
using JadeVector.Client;
using JadeVector.Engine.Memory;

namespace JadeVector.Cli.Loading;

/// <summary>Writes rows with several writers at once; the id of a row is its number.</summary>
public sealed class VectorLoader(JadeClient client, string databaseId)
{
    public const int Writers = 4, BatchRows = 256;

    /// <summary>Keeps a batch under the usual limits of a request.</summary>
    private const int BatchBytesMax = 2 << 20;

    /// <summary>Tries of a batch that the server is too busy for.</summary>
    private const int TriesMax = 100;

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(200);

    /// <param name="progress">Gets the rows of every batch that is durable.</param>
    /// <exception cref="CliException">A row was refused, or the server stayed busy.</exception>
    public async Task LoadAsync(VectorRows rows, Action<int> progress, CancellationToken cancellation)
    {
        var batchRows = Math.Clamp(BatchBytesMax / (rows.Dimension * sizeof(float)), 1, BatchRows);
        var batches = (rows.Count + batchRows - 1) / batchRows;
        await Parallel.ForAsync(0, batches, new ParallelOptions { MaxDegreeOfParallelism = Writers, CancellationToken = cancellation }, async (batch, token) =>
        {
            var first = batch * batchRows;
            var count = Math.Min(batchRows, rows.Count - first);
            VectorInput[] vectors = [.. Enumerable.Range(first, count).Select(row => new VectorInput { Id = row.ToString(CultureInfo.InvariantCulture), Values = rows[row].ToArray() })];
            await WriteAsync(vectors, $"load-{batch}", token);
            progress(count);
        });
    }

    private async Task WriteAsync(VectorInput[] vectors, string key, CancellationToken cancellation)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                var receipt = await client.UpsertAsync(databaseId, vectors, new WriteOptions { IdempotencyKey = key }, cancellation);
                if (receipt.Errors.Count == 0) return;
                var error = receipt.Errors[0];
                throw new CliException($"Vector {error.Id} was refused: {error.Detail} ({error.Code})");
            }
            catch (JadeApiException busy) when (busy.IsTransient && tries < TriesMax)
            {
                await Task.Delay(busy.RetryAfter ?? RetryPause, cancellation);
            }
            catch (JadeApiException refused)
            {
                throw new CliException($"Loading was refused: {refused.Message}", refused);
            }
        }
    }
}
