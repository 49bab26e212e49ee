using JadeVector.Embedded;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Shards;
using JadeVector.Grains.Interfaces;
using JadeVector.Grains.Routing;
using JadeVector.Hosting;
using JadeVector.Hosting.Options;
using JadeVector.Simulation.Faults;
using JadeVector.Simulation.Storage;
using JadeVector.Simulation.World;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace JadeVector.Simulation.Nodes;

/// <summary>One life of a node: the product as its hosts compose it, on the embedded grain host, in a simulated process.</summary>
internal sealed class SimulatedNode
{
    private readonly ServiceProvider _services;
    private readonly EmbeddedGrainHost _host;

    /// <param name="network">Between this node and others; null for a node that knows of none and activates every grain itself.</param>
    public SimulatedNode(SimulatedWorld world, string name, SimulatedStore store, FaultMix faults, ShardOptions options, GrainNetwork? network)
    {
        Process = new SimulatedProcess(world, name);
        Store = new StoreConnection(world, Process, store, faults);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddLogging();
        builder.AddJadeNode(new EngineContext(Store, Process.Clock, Process, new SeededIdSource(world.Chance.Next())), new EngineOptions());
        builder.Services.AddSingleton(options);
        builder.Services.Configure<EmbeddedGrainOptions>(grains =>
        {
            grains.ReminderStorage = null; // no database here has a schedule, so nothing is to be read for one at each start
            grains.RunTurn = turn => Process.Post("turn", turn.Execute);
            grains.Route = network is null ? null : call => network.Send(call, this);
            grains.Return = network is null ? null : arrive => network.Return(arrive, this);
        });
        _services = builder.Services.BuildServiceProvider();
        _host = _services.GetRequiredService<EmbeddedGrainHost>();
        Vectors = _services.GetRequiredService<IVectorStore>();
        Planner = _services.GetRequiredService<IQueryPlanner>();
        Databases = _services.GetRequiredService<IDatabaseCatalog>();
        Snapshots = _services.GetRequiredService<IDatabaseSnapshots>();
        _host.StartAsync(CancellationToken.None);
    }

    public SimulatedProcess Process { get; }

    public StoreConnection Store { get; }

    public IVectorStore Vectors { get; }

    public IQueryPlanner Planner { get; }

    public IDatabaseCatalog Databases { get; }

    public IDatabaseSnapshots Snapshots { get; }

    /// <summary>Nodes that it takes for alive, by their place in the cluster.</summary>
    public SortedSet<int> View { get; } = [];

    /// <summary>A call from another node has arrived.</summary>
    public void Deliver(GrainCall call) => _host.Deliver(call);

    /// <summary>Straight to a shard's grain, as the product's own routing calls it.</summary>
    public Task<T> CallShardAsync<T>(ShardAddress address, Func<IShardGrain, Task<T>> call) =>
        CallAsync(address, () => call(_host.GetGrain<IShardGrain>(address.ToString())));

    /// <summary>Straight to the first read copy of a shard.</summary>
    public Task<T> CallCopyAsync<T>(ShardAddress address, Func<IShardReads, Task<T>> call) =>
        CallAsync(address, () => call(_host.GetGrain<IShardReplicaGrain>(new CopyId(address.DatabaseId, address.Shard, 1).ToString())));

    /// <summary>Ends it in order: every activation deactivates.</summary>
    public Task StopAsync() => Process.Start(async () =>
    {
        await _host.StopAsync(CancellationToken.None);
        return true;
    });

    private static async Task<T> CallAsync<T>(ShardAddress address, Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception problem)
        {
            throw ShardProblems.Read.Translate(problem, address.Shard);
        }
    }
}
