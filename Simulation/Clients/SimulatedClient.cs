using System.Globalization;
using JadeVector.Engine.Shards;
using JadeVector.Grains.Interfaces;
using JadeVector.Simulation.History;

namespace JadeVector.Simulation.Clients;

/// <summary>Asks for one thing after the other, as its seed says, and remembers what was answered.</summary>
internal sealed class SimulatedClient(int number, NodeCalls calls, Workload workload)
{
    private const int AttemptsMax = 5;

    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"c{number}");
    private readonly ClientReads _reads = new(string.Create(CultureInfo.InvariantCulture, $"c{number}"), calls, workload);
    private readonly ControlRequests _control = new(calls, workload);
    private readonly Dictionary<string, ulong> _versions = new(StringComparer.Ordinal);
    private readonly Random _chance = workload.Chance;
    private string? _position;
    private int _requests;

    /// <summary>Goes on until it is told to stop.</summary>
    public async Task<bool> RunAsync(Func<bool> isOver)
    {
        while (!isOver())
        {
            await calls.PauseAsync(calls.Faults.Span(0.0001, _chance.Next(50) == 0 ? 2 : 0.05));
            await (_chance.Next(20) switch
            {
                < 8 => WriteAsync(),
                8 => _reads.ListCopyAsync(RandomGuarantee(), _chance.Next(workload.ShardCount), _chance.Next(2) == 0 ? _chance.Next(1, 6) : 10_000),
                < 13 => _reads.GetAsync(RandomGuarantee(), _chance.Next(4) == 0 ? _position : null, [.. RandomKeys(_chance.Next(1, 4))]),
                < 15 => _reads.ListAsync(RandomGuarantee(), _chance.Next(3) == 0 ? _chance.Next(1, 6) : 10_000),
                < 19 => _reads.SearchAsync(RandomGuarantee()),
                _ => CheckpointAsync(),
            });
        }

        return true;
    }

    private Consistency RandomGuarantee() => _chance.Next(6) switch
    {
        0 => Consistency.Eventual,
        1 or 2 => Consistency.Bounded,
        _ => Consistency.Strong,
    };

    private IEnumerable<string> RandomKeys(int count) => Enumerable.Range(0, count).Select(_ => workload.RandomKey()).Distinct();

    private async Task WriteAsync()
    {
        var atomic = _chance.Next(4) == 0;
        var keys = RandomKeys(_chance.Next(3) == 0 ? _chance.Next(2, 6) : 1).ToArray();
        if (atomic)
            keys = [.. keys.Where(key => workload.ShardOf(key) == workload.ShardOf(keys[0]))];
        WrittenItem[] items = [.. keys.Select(RandomItem)];
        var began = workload.Now;
        var byShard = items.GroupBy(item => workload.ShardOf(item.Key))
            .ToDictionary(shard => shard.Key, shard => new WriteOperation(workload.NextNumber(), _name, began, atomic, [.. shard]));
        foreach (var (shard, write) in byShard)
            workload.Add(shard, write);
        await SendAsync(new PendingRequest(workload, $"{_name}-{_requests++}", atomic, items, byShard));
        foreach (var item in items.Where(item => item.Version > 0))
            _versions[item.Key] = item.Status == ItemStatus.Deleted ? 0 : item.Version;
    }

    private async Task SendAsync(PendingRequest request)
    {
        string? why = null;
        for (var attempt = 0; attempt < AttemptsMax; attempt++)
        {
            if (calls.Cluster.Pick(_chance) is { } node)
            {
                why = await request.SendAsync(calls, node, calls.Faults.Span(0.5, 15));
                if (request.IsEnded)
                    break;
            }

            await calls.PauseAsync(calls.Faults.Span(0.001, 1));
        }

        _position = request.Position ?? _position;
        workload.Count(request.IsEnded ? why : "given up");
        if (!request.IsEnded)
            workload.Abandoned.Enqueue(request);
    }

    private WrittenItem RandomItem(string key)
    {
        ulong? ifVersion = _chance.Next(5) switch
        {
            0 => 0,
            1 or 2 => _versions.GetValueOrDefault(key),
            _ => null,
        };
        var mustExist = _chance.Next(8) == 0;
        return new WrittenItem(key, _chance.Next(4) == 0 ? 0 : workload.NextTag(), ifVersion, mustExist);
    }

    private Task CheckpointAsync()
    {
        var address = new ShardAddress(workload.Database.Id, _chance.Next(workload.ShardCount));
        return _control.TryAsync((node, _) => node.CallShardAsync(address, CheckpointAsync));
    }

    public static async Task<bool> CheckpointAsync(IShardGrain shard)
    {
        await shard.Checkpoint();
        return true;
    }
}
