using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Shards;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Benchmarks.ActorPath;

/// <summary>
/// One search at a time, three ways over the same rows: the engine's shards on its own pool, the query planner over shard grains, and REST
/// with one connection. The ways take turns, so that a change of the machine's speed meets all of them.
/// </summary>
internal sealed class ActorPathRun
{
    private const int TopK = 10;
    private const int Seed = 20_260_101;

    private readonly MeasuredNode _node;
    private readonly string _databaseId;
    private readonly Shard[] _shards;
    private readonly byte[][] _queries;
    private readonly HttpClient _http;

    private ActorPathRun(MeasuredNode node, string databaseId, Shard[] shards, byte[][] queries)
    {
        (_node, _databaseId, _shards, _queries) = (node, databaseId, shards, queries);
        _http = new HttpClient { BaseAddress = node.Address };
    }

    internal static async Task RunAsync(int[] shardCounts, int rows, int dimension, int requests, int runs, TextWriter output, CancellationToken cancellation)
    {
        var random = new Random(Seed);
        var vectors = RandomVectors.Draw(random, rows, dimension);
        var queries = RandomVectors.Draw(random, Math.Min(requests, 500), dimension);
        await output.WriteLineAsync($"{rows} x {dimension} float32, k = {TopK}, {requests} searches a run, medians of {runs} runs; microseconds, p50 (p99)");
        await output.WriteLineAsync("shards | engine | planner over grains | REST | grains add | REST adds | bytes allocated: engine, planner, REST");
        await using var node = await MeasuredNode.StartAsync(cancellation);
        foreach (var shardCount in shardCounts)
        {
            var databaseId = await node.LoadAsync($"actor-path-{shardCount}", dimension, shardCount, vectors, cancellation);
            var run = new ActorPathRun(node, databaseId, await node.OpenShardsAsync(databaseId, shardCount, cancellation), queries);
            await output.WriteLineAsync(await run.MeasureAsync(requests, runs, cancellation));
        }
    }

    private async Task<string> MeasureAsync(int requests, int runs, CancellationToken cancellation)
    {
        Func<int, Task>[] ways = [i => EngineAsync(_queries[i], cancellation), i => PlannerAsync(_queries[i], cancellation), i => RestAsync(_queries[i], cancellation)];
        foreach (var way in ways) await TimeAsync(way, requests);   // warm
        var figures = ways.Select(_ => new List<(double P50, double P99, double Bytes)>()).ToArray();
        for (var run = 0; run < runs; run++)
        {
            for (var way = 0; way < ways.Length; way++) figures[way].Add(await TimeAsync(ways[way], requests));
        }

        foreach (var shard in _shards) await shard.DisposeAsync();
        _http.Dispose();
        var medians = figures.Select(all => (
            P50: Median(all.Select(figure => figure.P50)), P99: Median(all.Select(figure => figure.P99)), Bytes: Median(all.Select(figure => figure.Bytes)))).ToArray();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{_shards.Length} | {Text(medians[0])} | {Text(medians[1])} | {Text(medians[2])} | {medians[1].P50 - medians[0].P50:0} | {medians[2].P50 - medians[1].P50:0} | "
            + $"{medians[0].Bytes:0}, {medians[1].Bytes:0}, {medians[2].Bytes:0}");
    }

    private async Task<(double P50, double P99, double Bytes)> TimeAsync(Func<int, Task> search, int requests)
    {
        var times = new double[requests];
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < requests; i++)
        {
            var began = Stopwatch.GetTimestamp();
            await search(i % _queries.Length);
            times[i] = Stopwatch.GetElapsedTime(began).TotalMicroseconds;
        }

        var bytes = (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / requests;
        Array.Sort(times);
        return (times[requests / 2], times[(int)((requests - 1) * 0.99)], bytes);
    }

    /// <summary>What the planner would do if there were no grains: every shard on the engine's pool, side by side.</summary>
    private Task EngineAsync(byte[] query, CancellationToken cancellation)
    {
        var search = new ShardQuery { Query = query, TopK = TopK };
        return _shards.Length == 1
            ? _node.Engine.Work.RunAsync(WorkKind.Search, () => _shards[0].Search(search, cancellation), cancellation)
            : Task.WhenAll(_shards.Select(shard => _node.Engine.Work.RunAsync(WorkKind.Search, () => shard.Search(search, cancellation), cancellation)));
    }

    private Task PlannerAsync(byte[] query, CancellationToken cancellation) => _node.Planner.SearchAsync(
        _databaseId,
        new SearchQuery { Query = query, TopK = TopK, Read = new ReadOptions { IncludeValues = false, IncludeMetadata = false, Deadline = DateTimeOffset.UtcNow.AddSeconds(30) } },
        cancellation);

    private async Task RestAsync(byte[] query, CancellationToken cancellation)
    {
        var body = $$"""{"queryVector":{"base64":"{{Convert.ToBase64String(query)}}"},"topK":{{TopK}},"includeMetadata":false}""";
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await _http.PostAsync($"/v1/databases/{_databaseId}/search", content, cancellation);
        response.EnsureSuccessStatusCode();
        await response.Content.ReadAsByteArrayAsync(cancellation);
    }

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);

    private static string Text((double P50, double P99, double Bytes) figure) => string.Create(CultureInfo.InvariantCulture, $"{figure.P50:0} ({figure.P99:0})");
}
