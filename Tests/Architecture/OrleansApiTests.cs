using System.Reflection;
using JadeVector.Grains.Interfaces;
using JadeVector.Grains.Shards;
using JadeVector.Tests.HostConformance;
using Orleans.Storage;
using Xunit;

namespace JadeVector.Tests.Architecture;

/// <summary>
/// Grains use the part of Orleans that both hosts have and that Tests/HostConformance pins. Whoever needs more adds a
/// conformance test, a few lines to Embedded, and a line to <c>OrleansApi.txt</c>.
/// </summary>
public sealed class OrleansApiTests
{
    private static readonly HashSet<string> Allowed =
        [.. File.ReadAllLines(Path.Combine(Repository.Root, "Tests", "Architecture", "OrleansApi.txt")).Where(line => line is not ("" or ['#', ..]))];

    [Fact]
    public void Grains_use_only_the_orleans_api_that_is_listed()
    {
        var used = OrleansApi.UsedBy(typeof(ShardGrain).Assembly).Union(OrleansApi.UsedBy(typeof(IShardGrain).Assembly));
        var foreign = used.Where(name => !Allowed.Contains(name)).ToArray();
        Assert.True(foreign.Length == 0, $"Not in OrleansApi.txt:\n{string.Join('\n', foreign)}");
    }

    [Fact]
    public void What_is_listed_is_there_on_this_host()
    {
        // The attributes live beside the serializer, reminders by themselves, the rest where grains and storage do: several assemblies on Orleans, one here.
        var types = new[] { typeof(IdAttribute), typeof(Grain), typeof(InconsistentStateException), typeof(PersistentStateAttribute), typeof(IRemindable) }
            .SelectMany(type => type.Assembly.GetExportedTypes()).DistinctBy(type => type.FullName).ToDictionary(type => type.FullName!);
        var missing = Allowed.Where(name => !types.ContainsKey(name) && !HasMember(types, name)).ToArray();
        Assert.True(missing.Length == 0, $"Not on this host:\n{string.Join('\n', missing)}");
    }

    [Fact]
    public void The_scan_sees_base_classes_attributes_calls_and_awaits()
    {
        const BindingFlags NonPublic = BindingFlags.NonPublic;
        Type[] probes = [typeof(TurnGrainBase), typeof(TurnGrain), typeof(ReentrantTurnGrain), typeof(StateGrain)];
        var used = OrleansApi.UsedBy([.. probes, .. probes.SelectMany(probe => probe.GetNestedTypes(NonPublic))]);
        string[] expected =
        [
            "Orleans.Grain", "Orleans.Concurrency.ReentrantAttribute", "Orleans.Grain.get_GrainFactory", "Orleans.IGrainFactory.GetGrain",
            "Orleans.GrainExtensions.GetPrimaryKeyString", "Orleans.Runtime.PersistentStateAttribute", "Orleans.Core.IStorage.WriteStateAsync",
            "Orleans.Storage.InconsistentStateException",
        ];
        Assert.Equal(expected, expected.Where(used.Contains));
    }

    private static bool HasMember(Dictionary<string, Type> types, string name)
    {
        var isConstructor = name.EndsWith("..ctor", StringComparison.Ordinal);
        var split = name.LastIndexOf('.') - (isConstructor ? 1 : 0);
        return types.TryGetValue(name[..split], out var type)
            && type.GetMember(name[(split + 1)..], BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic).Length > 0;
    }
}
