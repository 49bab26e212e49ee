using JadeVector.Grains.Cluster;
using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Silos;
using JadeVector.Hosting.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Storage;
using ClusterOptions = JadeVector.Hosting.Options.ClusterOptions;

namespace JadeVector.Hosting.Hosts;

/// <summary>The grains on a Microsoft Orleans silo in this process.</summary>
internal static class GrainHost
{
    public const string Name = "orleans";

    public static void AddTo(IHostApplicationBuilder builder, ClusterOptions options, NodeIdentity identity)
    {
        builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(options.SiloPort, options.GatewayPort, primarySiloEndpoint: null, serviceId: "jade", clusterId: "jade");
            silo.Configure<SiloOptions>(named => named.SiloName = identity.Name);
            silo.AddPlacementDirector<ShardPlacement, ShardPlacementDirector>();
            silo.Services.AddKeyedSingleton<IGrainStorage>(BlobGrainStorage.Name, (services, _) => services.GetRequiredService<BlobGrainStorage>());
        });
        builder.Services.AddSingleton<IClusterNodes, SiloNodes>();
        builder.Services.AddSingleton<ICopyMover, SiloCopyMover>();
    }
}
