using System.Reflection;
using Xunit;

namespace JadeVector.Tests.Architecture;

/// <summary>Who may know whom: the arrows of the house. A project that is not in the table fails until it is.</summary>
public sealed class ArrowTests
{
    private static readonly string[] Orleans = ["Orleans*", "JadeVector.Embedded", "Microsoft.Orleans*"];

    /// <summary>Project, then what it may reference besides the base class library; a star ends a prefix.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Engine"] = ["System.Numerics.Tensors"],
        ["Storage"] = ["JadeVector.Engine", "Azure.*"],
        ["Models"] = ["JadeVector.Engine", "Microsoft.Extensions.AI.Abstractions", "OpenAI", "System.ClientModel"],
        ["Grains.Interfaces"] = Orleans,
        ["Grains"] = [.. Orleans, "JadeVector.Grains.Interfaces", "JadeVector.Engine", "JadeVector.Models", "Microsoft.Extensions.*"],
        ["Hosting"] = ["*"],
        ["Api"] = [.. Orleans, "JadeVector.Grains.Interfaces", "JadeVector.Hosting", "Microsoft.*", "Swashbuckle.*"],
        ["Client"] = [],
#if ORLEANS_MICROSOFT
        ["Client.Cluster"] = [.. Orleans, "JadeVector.Client", "JadeVector.Grains.Interfaces", "JadeVector.Hosting", "Microsoft.*"], // ADR 0038
#endif
        ["Datasets"] = ["JadeVector.Engine"],
        ["Benchmarks"] = ["*"], // measures all of it
        ["Cli"] = ["JadeVector.Client", "JadeVector.Datasets", "JadeVector.Engine", "JadeVector.Storage", "Spectre.Console", "System.CommandLine"],
    };

    public static TheoryData<string> Projects => [.. Allowed.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void References_only_what_the_house_allows(string project) =>
        Assert.Empty(Forbidden(Load(project), Allowed[project]));

    [Fact]
    public void The_rule_bites_a_project_that_breaks_it() =>
        Assert.Contains("JadeVector.Engine", Forbidden(Load("Grains"), Allowed["Grains.Interfaces"]));

    [Fact]
    public void Nothing_but_benchmarks_and_tests_references_the_executables()
    {
        string[] leaves = ["JadeVector.Api", "JadeVector.Silo", "JadeVector.Cli", "JadeVector.Benchmarks", "JadeVector.Simulation", "JadeVector.Tests"];
        Assert.DoesNotContain(Allowed.Keys, project => project != "Benchmarks" && References(Load(project)).Intersect(leaves).Any());
    }

    [Fact]
    public void Every_project_of_the_solution_is_in_the_table()
    {
        string[] notProducts =
        [
            "Embedded", "Tests", "Silo", "Simulation",
#if !ORLEANS_MICROSOFT
            "Client.Cluster", // not built here: one process has no clients
#endif
        ];
        var projects = Directory.EnumerateFiles(Repository.Root, "*.csproj", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Repository.Root, path))
            .Where(path => path.Count(c => c == Path.DirectorySeparatorChar) == 1)
            .Select(path => Path.GetFileNameWithoutExtension(path));
        Assert.Equal(Allowed.Keys.Concat(notProducts).Order(), projects.Union(notProducts).Order());
    }

    private static Assembly Load(string project) => Assembly.Load($"JadeVector.{project}");

    private static IEnumerable<string> References(Assembly assembly) => assembly.GetReferencedAssemblies().Select(name => name.Name!);

    private static IEnumerable<string> Forbidden(Assembly assembly, string[] allowed) =>
        References(assembly).Where(name => !IsBaseLibrary(name) && !allowed.Any(pattern => Matches(name, pattern)));

    private static bool IsBaseLibrary(string name) =>
        name is "netstandard" or "mscorlib" or "Microsoft.Win32.Primitives" || (name.StartsWith("System.", StringComparison.Ordinal) && name is not ("System.CommandLine" or "System.ClientModel"));

    private static bool Matches(string name, string pattern) =>
        pattern.EndsWith('*') ? name.StartsWith(pattern[..^1], StringComparison.Ordinal) : name == pattern;
}
