using JadeVector.Embedded;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Shards;
using JadeVector.Grains.Interfaces;
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

    public SimulatedNode(SimulatedWorld world, string name, SimulatedStore store, FaultMix faults, ShardOptions options)
    {
        Process = new SimulatedProcess(world, name);
        Store = new StoreConnection(world, Process, store, faults);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddLogging();
        builder.AddJadeNode(new EngineContext(Store, Process.Clock, Process, new SeededIdSource(world.Chance.Next())), new EngineOptions());
        builder.Services.AddSingleton(options);
        builder.Services.Configure<EmbeddedGrainOptions>(grains => grains.RunTurn = turn => Process.Post("turn", turn.Execute));
        _services = builder.Services.BuildServiceProvider();
        _host = _services.GetRequiredService<EmbeddedGrainHost>();
        Vectors = _services.GetRequiredService<IVectorStore>();
        Planner = _services.GetRequiredService<IQueryPlanner>();
        Databases = _services.GetRequiredService<IDatabaseCatalog>();
        _host.StartAsync(CancellationToken.None);
    }

    public SimulatedProcess Process { get; }

    public StoreConnection Store { get; }

    public IVectorStore Vectors { get; }

    public IQueryPlanner Planner { get; }

    public IDatabaseCatalog Databases { get; }

    public IShardGrain Shard(ShardAddress address) => _host.GetGrain<IShardGrain>(address.ToString());

    /// <summary>Ends it in order: every activation deactivates.</summary>
    public Task StopAsync() => Process.Start(async () =>
    {
        await _host.StopAsync(CancellationToken.None);
        return true;
    });
}
