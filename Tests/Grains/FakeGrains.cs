using System.Collections.Concurrent;
using System.Reflection;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Tests.Grains;

/// <summary>A grain factory over objects of the test, by key: owners as <c>db/shard</c>, replicas as <c>db/shard/n</c>, databases as <c>db</c>.</summary>
public class FakeGrains : DispatchProxy
{
    private ConcurrentDictionary<string, object> _grains = new();

    public static IGrainFactory Of(params (string Key, object Grain)[] grains)
    {
        var factory = Create<IGrainFactory, FakeGrains>();
        ((FakeGrains)(object)factory)._grains = new(grains.Select(pair => KeyValuePair.Create(pair.Key, pair.Grain)));
        return factory;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod?.Name == "GetGrain" && args?[0] is string key
        ? _grains[key]
        : throw new NotSupportedException($"{targetMethod?.Name} is not part of this double.");
}

/// <summary>A copy of a shard that answers as the test says, and remembers what it was asked.</summary>
internal sealed class FakeCopy(string name) : IShardGrain, IShardReplicaGrain
{
    /// <summary>What each call waits for before it answers; may throw.</summary>
    public Func<Task> Before { get; set; } = () => Task.CompletedTask;

    public Func<ShardWrite, ShardWriteReply> OnWrite { get; set; } = write => new ShardWriteReply([.. write.Items.Select(_ => new WriteItemResult { Status = WriteStatus.Created, Version = 1 })], 1);

    public int Calls { get; private set; }

    public List<string> RequestIds { get; } = [];

    public List<ShardRead> Reads { get; } = [];

    public async Task<IReadOnlyList<VectorRecord?>> Get(IReadOnlyList<string> ids, ShardRead read)
    {
        Calls++;
        Reads.Add(read);
        await Before();
        return [.. ids.Select(id => new VectorRecord { Id = id, Text = name, Version = 1 })];
    }

    public async Task<ShardWriteReply> Write(ShardWrite write)
    {
        Calls++;
        RequestIds.Add(write.RequestId);
        await Before();
        return OnWrite(write);
    }

    public async Task<ShardSearchReply> Search(ShardSearch search)
    {
        Calls++;
        Reads.Add(search.Read);
        await Before();
        return new ShardSearchReply([new SearchHit { Id = name, Similarity = 1, Distance = 0, Version = 1 }], new ShardExplain { Shard = 0, Strategy = "exact" });
    }

    public Task<ShardPage> List(ulong? afterCursor, long skip, int limit, ShardRead read) => throw new NotSupportedException();

    public Task Checkpoint() => throw new NotSupportedException();

    public Task Delete() => throw new NotSupportedException();

    public Task Close() => throw new NotSupportedException();

    Task IShardGrain.Move(string? address) => throw new NotSupportedException();

    Task IShardReplicaGrain.Move(string? address) => throw new NotSupportedException();

    Task<ShardStatus> IShardGrain.GetStatus() => throw new NotSupportedException();

    Task<ReplicaStatus> IShardReplicaGrain.GetStatus() => throw new NotSupportedException();
}

/// <summary>A database whose description the test changes.</summary>
internal sealed class FakeDatabaseGrain(DatabaseDescription description) : IDatabaseGrain
{
    public DatabaseDescription Description { get; set; } = description;

    public int Calls { get; private set; }

    public Task<DatabaseDescription?> Get()
    {
        Calls++;
        return Task.FromResult<DatabaseDescription?>(Description);
    }

    public Task<DatabaseDescription> Create(DatabaseSettings settings) => throw new NotSupportedException();

    public Task<DatabaseDescription> Update(DatabaseChanges changes) => throw new NotSupportedException();

    public Task Delete() => throw new NotSupportedException();
}

/// <summary>Copies on nodes as the test says.</summary>
internal sealed class FakeTable : IClusterTable
{
    public ClusterView Current => ClusterView.Empty;

    /// <summary>The node of each copy by its number; null for one that no node hosts.</summary>
    public List<string?> Nodes { get; } = [];

    public ClusterNode? HostOf(CopyId copy) => copy.Replica < Nodes.Count && Nodes[copy.Replica] is { } name
        ? new ClusterNode { Name = name, Address = name, Status = NodeStatus.Active }
        : null;
}
