using JadeVector.Grains.Interfaces;
using JadeVector.Grains.Shards;
using JadeVector.Tests.HostConformance;
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
        Assert.Empty(OrleansApi.UsedBy(typeof(ShardGrain).Assembly).Except(Allowed));
        Assert.Empty(OrleansApi.UsedBy(typeof(IShardGrain).Assembly).Except(Allowed));
    }

    [Fact]
    public void The_scan_sees_base_classes_attributes_calls_and_awaits()
    {
        var used = OrleansApi.UsedBy([typeof(TurnGrainBase), typeof(TurnGrain), typeof(ReentrantTurnGrain), typeof(StateGrain), .. typeof(StateGrain).GetNestedTypes(System.Reflection.BindingFlags.NonPublic)]);
        Assert.Superset(
            new HashSet<string>
            {
                "Orleans.Grain", "Orleans.Concurrency.ReentrantAttribute", "Orleans.Grain.get_GrainFactory", "Orleans.IGrainFactory.GetGrain",
                "Orleans.GrainExtensions.GetPrimaryKeyString", "Orleans.Runtime.PersistentStateAttribute", "Orleans.Core.IStorage.WriteStateAsync",
                "Orleans.Storage.InconsistentStateException",
            },
            used);
    }
}
