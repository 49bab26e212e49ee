using JadeVector.Engine;
using JadeVector.Grains.Cluster;
using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Options;
using JadeVector.Hosting.Silos;
using JadeVector.Hosting.Storage;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Storage;
using Orleans.Versions.Compatibility;
using Orleans.Versions.Selector;
using ClusterOptions = JadeVector.Hosting.Options.ClusterOptions;

namespace JadeVector.Hosting.Clustering;

/// <summary>A silo as the product has it, but for where it listens and how it finds the others: tests run several in one process.</summary>
internal static class SiloSetup
{
    public static void AddTo(ISiloBuilder silo, ClusterOptions cluster, FailureDetectionOptions failures, NodeIdentity identity, StorageGenerations generations)
    {
        silo.Configure<SiloOptions>(named => named.SiloName = identity.Name);
        silo.Configure<GrainVersioningOptions>(versioning =>
        {
            // A contract only grows: a newer silo serves older callers. An older one that a newer caller's grain lives on gives it up, and
            // where no newer silo is left the call is refused with the versions that there are.
            versioning.DefaultCompatibilityStrategy = nameof(BackwardCompatible);
            versioning.DefaultVersionSelectorStrategy = nameof(AllCompatibleVersions);
        });
        GenerationGuard.AddTo(silo, generations, cluster);
        FailureDetection.AddTo(silo, failures, cluster);
        silo.Services.AddKeyedSingleton<IGrainStorage>(BlobGrainStorage.Name, (services, _) => services.GetRequiredService<BlobGrainStorage>());
        silo.AddPlacementDirector<ShardPlacement, ShardPlacementDirector>();
        silo.Services.AddSingleton<IClusterNodes, SiloNodes>();
        silo.Services.AddSingleton<ICopyMover, SiloCopyMover>();
    }
}
