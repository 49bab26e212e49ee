using JadeVector.Grains.Interfaces;
using Xunit;

namespace JadeVector.Tests.Architecture;

/// <summary>
/// Nodes of two releases talk to each other while a cluster is updated, so what crosses grain interfaces is a format like those
/// on disk. A member may be added under a new number; a number is never given to another member, nor changes its type.
/// </summary>
public sealed class WireContractTests
{
    private static readonly WireContract Contract = WireContract.Of(typeof(IShardGrain).Assembly.GetTypes());

    [Fact]
    public void All_that_crosses_grain_interfaces_has_serializer_attributes_aliases_and_numbers() => Assert.Empty(Contract.Mistakes);

    [Fact]
    public void The_wire_contract_is_the_checked_in_one() =>
        Baseline.Check(
            "WireContract.txt", Contract.ToString(), "A line that only came is a new type, method or member; one that changed or went breaks older nodes.");

#if !ORLEANS_MICROSOFT
    // Orleans' own analyzers refuse to compile most of these mistakes; this build has none of them.
    [Fact]
    public void The_rules_bite_a_contract_that_breaks_them()
    {
        var mistakes = WireContract.Of([typeof(IBadGrain)]).Mistakes;
        Assert.Contains("IBadGrain has no [Alias].", mistakes);
        Assert.Contains("IBadGrain.Twice is overloaded.", mistakes);
        Assert.Contains("IBadGrain has no [Version].", mistakes);
        Assert.Contains("IBadGrain.Quick returns no task and no stream.", mistakes);
        Assert.Contains("Half.First can be changed after it was sent.", mistakes);
        Assert.Contains("Half is not [Immutable]: every call would copy it.", mistakes);
        Assert.Contains(mistakes, mistake => mistake.Contains("Bare crosses at IBadGrain.Take without [GenerateSerializer]", StringComparison.Ordinal));
        Assert.Contains("Half.Forgotten has no [Id].", mistakes);
        Assert.Contains("Half has two members with [Id(0)].", mistakes);
    }

    private interface IBadGrain : IGrain
    {
        Task Twice(int a);

        Task Twice(string a);

        int Quick();

        Task<Half> Take(Bare bare);
    }

    private sealed record Bare(int Number);

    [GenerateSerializer]
    private sealed class Half
    {
        [Id(0)] public int First { get; set; }

        [Id(0)] public int Second { get; set; }

        public int Forgotten { get; set; }
    }
#endif
}
