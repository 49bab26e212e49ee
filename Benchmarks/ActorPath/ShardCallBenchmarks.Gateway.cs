using BenchmarkDotNet.Attributes;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Benchmarks.ActorPath;

/// <summary>The call from another process, over TCP; both ends are in this process, so that both are counted.</summary>
public partial class ShardCallBenchmarks
{
    private MeasuredNode _client = null!; // set by StartClient
    private IShardGrain _remote = null!;

    [GlobalSetup(Target = nameof(Gateway))]
    public void StartClient() => StartClientAsync().GetAwaiter().GetResult();

    [GlobalCleanup(Target = nameof(Gateway))]
    public void StopClient() => StopClientAsync().GetAwaiter().GetResult();

    private async Task StartClientAsync()
    {
        await StartAsync();
        _client = await _node.StartClientAsync(CancellationToken.None);
        _remote = _client.Grains.GetGrain<IShardGrain>(_key);
    }

    private async Task StopClientAsync()
    {
        await _client.DisposeAsync();
        await StopAsync();
    }

    [Benchmark]
    public async Task<int> Gateway() => (await _remote.Search(Request())).Hits.Count;
}
