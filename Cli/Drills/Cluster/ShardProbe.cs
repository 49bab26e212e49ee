using System.Diagnostics;
using System.Globalization;
using System.Text;
using JadeVector.Client;
using JadeVector.Engine.Shards;

namespace JadeVector.Cli.Drills.Cluster;

/// <summary>Writes and reads one id of one shard over and over, to tell how long a shard is away after its silo was killed.</summary>
internal sealed class ShardProbe
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly DrillIds _ids;
    private readonly DrillTally _tally;
    private readonly string _id;
    private long _killedAt;
    private long _writeWaits;
    private long _readWaits;

    internal ShardProbe(int shard, ClusterDrillOptions options, DrillIds ids, DrillTally tally)
    {
        (Shard, _ids, _tally) = (shard, ids, tally);
        var ranges = ShardRanges.Split(options.Shards);
        _id = Enumerable.Range(0, int.MaxValue).Select(i => string.Create(CultureInfo.InvariantCulture, $"probe-{i}"))
            .First(id => ShardRanges.Find(ranges, ShardRanges.HashOf(Encoding.UTF8.GetBytes(id))) == shard);
    }

    internal int Shard { get; }

    /// <summary>The silo of this shard's owner is being killed now.</summary>
    internal void Mark()
    {
        Interlocked.Exchange(ref _killedAt, Stopwatch.GetTimestamp());
        Interlocked.Exchange(ref _writeWaits, 1);
        Interlocked.Exchange(ref _readWaits, 1);
    }

    internal Task RunAsync(JadeClient client, string databaseId, CancellationToken enough) =>
        Task.WhenAll(WriteAsync(client, databaseId, enough), ReadAsync(client, databaseId, enough));

    private async Task WriteAsync(JadeClient client, string databaseId, CancellationToken enough)
    {
        for (var request = 1; !enough.IsCancellationRequested; request++)
        {
            var revision = _ids.Ask(_id);
            var write = new WriteOptions { IdempotencyKey = string.Create(CultureInfo.InvariantCulture, $"{_id}-{request}") };
            while (!await SucceedsAsync(() => client.UpsertAsync(databaseId, DrillVectors.Input(_id, revision), write), isWrite: true))
                await Task.Delay(Pause, CancellationToken.None);
            _ids.Acknowledge(_id, revision);
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    private async Task ReadAsync(JadeClient client, string databaseId, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            await SucceedsAsync(() => client.GetAsync(databaseId, _id), isWrite: false);
            await Task.Delay(Pause, CancellationToken.None);
        }
    }

    private async Task<bool> SucceedsAsync(Func<Task> request, bool isWrite)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            await request();
            if (!isWrite) _tally.CountRead();
        }
        catch (Exception failure) when (failure is HttpRequestException or TimeoutException or JadeApiException { IsTransient: true })
        {
            if (!isWrite) _tally.CountFailedRead(failure is JadeApiException refused ? refused.Code : failure.Message);
            return false;
        }

        // The first that began after the kill and came back: one that began before may have been answered by the dead.
        if (began >= Interlocked.Read(ref _killedAt) && Interlocked.Exchange(ref isWrite ? ref _writeWaits : ref _readWaits, 0) == 1)
            _tally.AddGap(isWrite, Stopwatch.GetElapsedTime(Interlocked.Read(ref _killedAt)).TotalSeconds);
        return true;
    }
}
