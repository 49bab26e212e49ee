using System.Net;
using JadeVector.Hosting.Clustering.Azure;
using JadeVector.Hosting.Clustering.Postgres;
using JadeVector.Hosting.Options;
using JadeVector.Hosting.Starting;

namespace JadeVector.Hosting.Clustering;

/// <summary>Where the list of the cluster's silos is kept, as the options have it, and their reminders beside it: for silos, and for clients that look for gateways.</summary>
internal abstract class Membership
{
    /// <exception cref="JadeStartException">This build has not what the options ask for.</exception>
    public static Membership Of(ClusterOptions cluster, StorageOptions storage) => cluster.Clustering switch
    {
        ClusteringKind.Localhost => new Localhost(cluster),
        ClusteringKind.Postgres => new PostgresMembership(cluster),
        ClusteringKind.Azure => AzureMembership.Create(cluster, storage),
        _ => throw new ArgumentOutOfRangeException(nameof(cluster), cluster.Clustering, null),
    };

    /// <summary>Waits until the list can be reached, and creates what it needs.</summary>
    /// <exception cref="JadeStartException">It did not answer in time.</exception>
    public abstract Task PrepareAsync(StartRetry retry, CancellationToken cancellation);

    public void AddTo(ISiloBuilder silo, ClusterOptions options)
    {
        silo.Configure<Orleans.Configuration.ClusterOptions>(ids => (ids.ClusterId, ids.ServiceId) = (options.ClusterId, options.ServiceId));
        UseFor(silo);
        AddRemindersTo(silo);
    }

    /// <summary>Only the reminders, for a silo that finds the others in another way.</summary>
    public abstract void AddRemindersTo(ISiloBuilder silo);

    public void AddTo(IClientBuilder client, ClusterOptions options)
    {
        client.Configure<Orleans.Configuration.ClusterOptions>(ids => (ids.ClusterId, ids.ServiceId) = (options.ClusterId, options.ServiceId));
        UseFor(client);
    }

    protected abstract void UseFor(ISiloBuilder silo);

    protected abstract void UseFor(IClientBuilder client);

    /// <summary>In the primary silo's memory, and the reminders in that of any. A client knows the gateways from its configuration.</summary>
    private sealed class Localhost(ClusterOptions options) : Membership
    {
        public override Task PrepareAsync(StartRetry retry, CancellationToken cancellation) => Task.CompletedTask;

        protected override void UseFor(ISiloBuilder silo) =>
            silo.UseDevelopmentClustering(options.PrimarySiloPort is { } port ? new IPEndPoint(IPAddress.Loopback, port) : null);

        protected override void UseFor(IClientBuilder client)
        {
            int[] ports = options.GatewayPorts.Count > 0 ? [.. options.GatewayPorts] : [options.GatewayPort];
            client.UseStaticClustering([.. ports.Select(port => new IPEndPoint(IPAddress.Loopback, port))]);
        }

        public override void AddRemindersTo(ISiloBuilder silo) => silo.UseInMemoryReminderService();
    }
}
