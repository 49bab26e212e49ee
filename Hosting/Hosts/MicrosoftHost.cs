using JadeVector.Engine;
using JadeVector.Grains.Cluster;
using JadeVector.Hosting.Clustering;
using JadeVector.Hosting.Options;
using JadeVector.Hosting.Starting;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using ClusterOptions = JadeVector.Hosting.Options.ClusterOptions;

namespace JadeVector.Hosting.Hosts;

/// <summary>The grains on a Microsoft Orleans silo in this process, or on silos elsewhere.</summary>
internal sealed class GrainHost
{
    public const string Name = "orleans";

    private readonly ClusterOptions _cluster;
    private readonly FailureDetectionOptions _failures;
    private readonly Membership _membership;
    private readonly int? _writeGeneration;

    /// <exception cref="JadeStartException">This build has not what the options ask for.</exception>
    public GrainHost(ClusterOptions cluster, FailureDetectionOptions failures, StorageOptions storage)
    {
        (_cluster, _failures, _writeGeneration) = (cluster, failures, storage.WriteGeneration);
        _membership = Membership.Of(cluster, storage);
    }

    /// <summary>Waits for what the host needs before it can start.</summary>
    /// <exception cref="JadeStartException">It did not answer in time.</exception>
    public Task PrepareAsync(StartRetry retry, CancellationToken cancellation) => _membership.PrepareAsync(retry, cancellation);

    /// <param name="idle">After which what nobody asks for is let go.</param>
    public void AddSiloTo(IHostApplicationBuilder builder, NodeIdentity identity, TimeSpan idle) => builder.UseOrleans(silo =>
    {
        silo.Configure<GrainCollectionOptions>(grains => (grains.CollectionAge, grains.CollectionQuantum) = (idle, IdleTime.LookEvery(idle)));
        SiloEndpoints.AddTo(silo, _cluster);
        _membership.AddTo(silo, _cluster);
        SiloSetup.AddTo(silo, _cluster, _failures, identity, StorageGenerations.OfThisRelease.Writing(_writeGeneration));
    });

    public void AddClientTo(IHostApplicationBuilder builder) => builder.UseOrleansClient(client =>
    {
        _membership.AddTo(client, _cluster);
        FailureDetection.AddTo(client, _failures);
        client.UseConnectionRetryFilter(new ClientRetry(_cluster, TimeProvider.System));
    });
}
