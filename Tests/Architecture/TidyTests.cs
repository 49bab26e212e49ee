using System.Text.RegularExpressions;
using Xunit;

namespace JadeVector.Tests.Architecture;

/// <summary>Habits that a compiler does not check.</summary>
public sealed partial class TidyTests
{
    private const int FileLinesMax = 500;

    private static readonly string[] ProductFolders =
        ["Engine", "Storage", "Models", "Grains.Interfaces", "Grains", "Embedded", "Hosting", "Silo", "Api", "Client", "Client.Cluster", "Cli", "Datasets", "Benchmarks", "Simulation"];

    [Fact]
    public void No_file_is_longer_than_a_reader_can_hold() =>
        Assert.DoesNotContain(Sources(), path => File.ReadLines(path).Count() > FileLinesMax);

    [Fact]
    public void Nothing_is_left_for_later() =>
        Assert.DoesNotContain(Sources(), path => Leftover().IsMatch(File.ReadAllText(path)));

    [Fact]
    public void The_leftover_rule_bites() => Assert.Matches(Leftover(), "// TO" + "DO: later");

    [Fact]
    public void Grains_and_engine_have_no_conditional_code() =>
        Assert.DoesNotContain(
            Sources().Where(path => ConditionalFree().IsMatch(Path.GetRelativePath(Repository.Root, path))),
            path => File.ReadLines(path).Any(line => line.StartsWith("#if ", StringComparison.Ordinal)));

    private static IEnumerable<string> Sources() => ProductFolders
        .Select(folder => Path.Combine(Repository.Root, folder))
        .Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories));

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException")]
    private static partial Regex Leftover();

    [GeneratedRegex(@"^(Engine|Models|Grains|Grains\.Interfaces)/")]
    private static partial Regex ConditionalFree();
}
