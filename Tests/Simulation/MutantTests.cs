using JadeVector.Simulation.Mutants;
using JadeVector.Tests.Architecture;
using Xunit;

namespace JadeVector.Tests.Simulation;

/// <summary>`./jade mutants` takes minutes; that its mutants still fit the engine's source is seen at once.</summary>
public sealed class MutantTests
{
    [Fact]
    public void Every_mutant_has_its_place_in_the_source()
    {
        foreach (var file in AllMutants.All.GroupBy(mutant => mutant.File))
        {
            var source = File.ReadAllText(Path.Combine(Repository.Root, file.Key));
            var mutated = file.Aggregate(source, (text, mutant) => mutant.ApplyTo(text));
            Assert.All(file, mutant => Assert.Contains($"Mutant.Is(\"{mutant.Name}\")", mutated, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Mutants_have_names_of_their_own() => Assert.Equal(AllMutants.All.Count, AllMutants.All.Select(mutant => mutant.Name).Distinct().Count());

    [Fact]
    public void A_mutant_whose_place_has_gone_says_so() =>
        Assert.Throws<InvalidOperationException>(() => new Mutant("none", "Engine/None.cs", "nowhere", "").ApplyTo("something else"));
}
