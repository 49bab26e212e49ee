using BenchmarkDotNet.Attributes;
using JadeVector.Engine.Shards;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Benchmarks.ActorPath;

/// <summary>
/// One search of one shard with a vector of 3 KB: by the engine's own call, by a call of its grain in the same process, and (with Microsoft
/// Orleans) by a call through a node's gateway, as another process makes it. What is allocated is counted on both sides of a call.
/// </summary>
[MemoryDiagnoser]
public partial class ShardCallBenchmarks
{
    private const int Dimension = 768;
    private const int Rows = 1_000;
    private const int TopK = 10;

    private MeasuredNode _node = null!; // set by Start
    private Shard _shard = null!;
    private IShardGrain _local = null!;
    private string _key = null!;
    private byte[] _query = null!;

    // BenchmarkDotNet does not wait for what these return when it runs in its own process.
    [GlobalSetup]
    public void Start() => StartAsync().GetAwaiter().GetResult();

    [GlobalCleanup]
    public void Stop() => StopAsync().GetAwaiter().GetResult();

    private async Task StartAsync()
    {
        var vectors = RandomVectors.Draw(new Random(1), Rows + 1, Dimension);
        _query = vectors[Rows];
        _node = await MeasuredNode.StartAsync(CancellationToken.None);
        var databaseId = await _node.LoadAsync("shard-calls", Dimension, shards: 1, vectors[..Rows], CancellationToken.None);
        _shard = (await _node.OpenShardsAsync(databaseId, shards: 1, CancellationToken.None))[0];
        _key = new CopyId(databaseId, Shard: 0, Replica: 0).ToString();
        _local = _node.Grains.GetGrain<IShardGrain>(_key);
    }

    private async Task StopAsync()
    {
        await _shard.DisposeAsync();
        await _node.DisposeAsync();
    }

    [Benchmark(Baseline = true)]
    public int Engine() => _shard.Search(new ShardQuery { Query = _query, TopK = TopK }, CancellationToken.None).Hits.Count;

    [Benchmark]
    public async Task<int> Grain() => (await _local.Search(Request())).Hits.Count;

    private ShardSearch Request() => new()
    {
        Query = new SearchQuery { Query = _query, TopK = TopK, Read = new ReadOptions { Deadline = DateTimeOffset.UtcNow.AddSeconds(30) } },
        Read = new ShardRead { MapVersion = 1, Deadline = DateTimeOffset.UtcNow.AddSeconds(30) },
    };
}
