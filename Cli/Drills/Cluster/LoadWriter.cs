using System.Globalization;
using JadeVector.Client;

namespace JadeVector.Cli.Drills.Cluster;

/// <summary>Loads ids of its own in batches, then writes random ones anew. A batch without a whole answer is repeated with its key until it has one.</summary>
internal sealed class LoadWriter(int number, ClusterDrillOptions options, DrillIds ids, DrillTally tally)
{
    internal const int BatchSize = 100;

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(50);

    private readonly Random _random = new((options.Seed * 1_000) + number);
    private readonly int _count = (options.Vectors / options.Writers) + (number < options.Vectors % options.Writers ? 1 : 0);
    private int _loaded;
    private long _requests;

    /// <summary>Writes until told to stop and everything is loaded.</summary>
    /// <param name="pace">Between two batches.</param>
    internal async Task RunAsync(JadeClient client, string databaseId, TimeSpan pace, CancellationToken enough, CancellationToken cancellation)
    {
        while (_loaded < _count || !enough.IsCancellationRequested)
        {
            await WriteAsync(client, databaseId, Next(), cancellation);
            await Task.Delay(pace, cancellation);
        }
    }

    private string[] Next()
    {
        if (_loaded < _count)
        {
            var batch = Enumerable.Range(_loaded, Math.Min(BatchSize, _count - _loaded)).Select(Id).ToArray();
            _loaded += batch.Length;
            return batch;
        }

        return [.. Enumerable.Range(0, Math.Min(BatchSize, _count)).Select(_ => Id(_random.Next(_count))).Distinct()];
    }

    private string Id(int i) => string.Create(CultureInfo.InvariantCulture, $"w{number}-{i}");

    private async Task WriteAsync(JadeClient client, string databaseId, string[] batch, CancellationToken cancellation)
    {
        var revisions = batch.ToDictionary(id => id, ids.Ask, StringComparer.Ordinal);
        var body = batch.Select(id => DrillVectors.Input(id, revisions[id])).ToArray();
        var write = new WriteOptions { IdempotencyKey = string.Create(CultureInfo.InvariantCulture, $"drill-{options.Seed}-{number}-{++_requests}") };
        var open = batch.ToHashSet(StringComparer.Ordinal);
        while (open.Count > 0)
        {
            foreach (var id in await TryAsync(client, databaseId, body, write, open, cancellation))
            {
                open.Remove(id);
                ids.Acknowledge(id, revisions[id]);
                tally.CountWrites(1);
            }

            if (open.Count > 0) await Task.Delay(RetryPause, cancellation);
        }
    }

    /// <returns>Ids that are durable now and were not known to be.</returns>
    private async Task<IReadOnlyList<string>> TryAsync(
        JadeClient client, string databaseId, VectorInput[] body, WriteOptions write, HashSet<string> open, CancellationToken cancellation)
    {
        try
        {
            var receipt = await client.UpsertAsync(databaseId, body, write, cancellation);
            foreach (var error in receipt.Errors.Where(error => !DrillWriter.TransientCodes.Contains(error.Code)))
                tally.Violate($"{error.Id} was refused: {error.Detail} ({error.Code})");
            var failed = receipt.Errors.Select(error => error.Id ?? body[error.Index].Id).ToHashSet(StringComparer.Ordinal);
            return [.. open.Where(id => !failed.Contains(id))];
        }
        catch (JadeApiException refused)
        {
            if (!refused.IsTransient) tally.Violate($"a batch was refused: {refused.Message}");
            return [];
        }
        catch (Exception silence) when (silence is HttpRequestException or TimeoutException)
        {
            return []; // nobody knows whether it happened: the same request finds out
        }
    }
}
