using System.Globalization;
using JadeVector.Grains.Interfaces;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Metadata;

namespace JadeVector.Tests.Cluster.Support;

/// <summary>
/// Lets a process have another version of the shard's contract. A version is what the process's manifest says of an interface: it is all that
/// the runtime compares, and it is what <c>[Version]</c> puts there.
/// </summary>
internal sealed class ShardContract(ushort version) : IGrainInterfacePropertiesProvider
{
    public ushort Version { get; } = version;

    public static void AddTo(IServiceCollection services, ushort? version)
    {
        if (version is { } other)
            services.AddSingleton<IGrainInterfacePropertiesProvider>(new ShardContract(other));
    }

    public void Populate(Type interfaceType, GrainInterfaceType grainInterfaceType, Dictionary<string, string> properties)
    {
        if (interfaceType == typeof(IShardGrain))
            properties[WellKnownGrainInterfaceProperties.Version] = Version.ToString(CultureInfo.InvariantCulture);
    }
}
