using JadeVector.Grains.Cluster;
using JadeVector.Grains.Interfaces;
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
            silo.Services.AddKeyedSingleton<IGrainStorage>(BlobGrainStorage.Name, (services, _) => services.GetRequiredService<BlobGrainStorage>());
        });
        builder.Services.AddSingleton<IClusterNodes, OrleansNodes>();
    }

    /// <summary>The members as Orleans' membership has them.</summary>
    private sealed class OrleansNodes(IGrainFactory grains) : IClusterNodes
    {
        public async Task<IReadOnlyList<ClusterNode>> GetNodesAsync()
        {
            var hosts = await grains.GetGrain<IManagementGrain>(0).GetDetailedHosts(onlyActive: false);
            return [.. hosts.Select(host => new ClusterNode
            {
                Name = host.SiloName,
                Status = StatusOf(host.Status),
                StartedAt = new DateTimeOffset(DateTime.SpecifyKind(host.StartTime, DateTimeKind.Utc)),
            })];
        }

        private static string StatusOf(SiloStatus status) => status switch
        {
            SiloStatus.Active => "active",
            SiloStatus.Created or SiloStatus.Joining => "joining",
            SiloStatus.ShuttingDown or SiloStatus.Stopping => "leaving",
            _ => "dead",
        };
    }
}
