using JadeVector.Simulation.Faults;

namespace JadeVector.Simulation.Mutants;

/// <summary>
/// A mistake that somebody could make in the engine: a place in its source and what stands there in its stead. All mutants are
/// compiled into one engine beside the real one; the environment of a run says which of them is alive.
/// </summary>
/// <param name="Name">What the mistake is.</param>
/// <param name="File">Below the root of the repository.</param>
/// <param name="Find">Is there exactly once.</param>
/// <param name="Replace">Asks <c>Mutant.Is("name")</c>, so that the engine is itself while another mutant is alive.</param>
/// <param name="Often">A fault without many of which it does not show.</param>
internal sealed record Mutant(string Name, string File, string Find, string Replace, FaultKind? Often = null)
{
    /// <summary>The variable that names the living mutant.</summary>
    public const string Variable = "JADE_MUTANT";

    /// <summary>What the mutated engine asks.</summary>
    public const string Switch = $$"""
        internal static class Mutant
        {
            private static readonly string? Alive = System.Environment.GetEnvironmentVariable("{{Variable}}");

            public static bool Is(string name) => Alive == name;
        }
        """;

    /// <summary>The source with the mistake in it.</summary>
    /// <exception cref="InvalidOperationException">The place is not there, or more than once: the source has changed under the mutant.</exception>
    public string ApplyTo(string source)
    {
        var at = source.IndexOf(Find, StringComparison.Ordinal);
        if (at < 0 || source.IndexOf(Find, at + 1, StringComparison.Ordinal) >= 0)
            throw new InvalidOperationException($"Mutant {Name}: its place is {(at < 0 ? "not" : "more than once")} in {File}.");
        return source[..at] + Replace + source[(at + Find.Length)..];
    }
}
