using JadeVector.Cli.Drills;
using JadeVector.Cli.Nodes;
using JadeVector.Tests.Support;
using Xunit;
using TemporaryDirectory = JadeVector.Tests.Support.TemporaryDirectory;

namespace JadeVector.Tests.EndToEnd;

/// <summary>A few rounds of <c>./jade crash-drill</c>: a node in a process of its own, killed with SIGKILL under eight writers.</summary>
public sealed class CrashDrillTests(AzuriteFixture azurite, ITestOutputHelper output)
{
    private const int Kills = 3;

    [Fact]
    public async Task Nothing_acknowledged_is_lost_on_local_storage_when_the_node_is_killed()
    {
        using var directory = new TemporaryDirectory();
        await Drill(new NodeOptions { Path = NodePath(), DataDirectory = directory.Path });
    }

    [Fact]
    public async Task Nothing_acknowledged_is_lost_on_azurite_when_the_node_is_killed()
    {
        using var directory = new TemporaryDirectory();
        var container = await azurite.NewContainerAsync();
        await Drill(new NodeOptions
        {
            Path = NodePath(),
            DataDirectory = directory.Path,
            ConnectionString = container.ConnectionString,
            Container = container.Container,
        });
    }

    [Fact]
    public async Task Nothing_acknowledged_is_lost_silently_when_azurite_is_away_or_killed()
    {
        using var directory = new TemporaryDirectory();
        var node = new NodeOptions { Path = NodePath(), DataDirectory = Path.Combine(directory.Path, "node") };
        Assert.SkipWhen(string.IsNullOrEmpty(Environment.GetEnvironmentVariable("JADE_AZURITE")), "JADE_AZURITE names no Azurite (./jade test sets it).");
        await using var store = await DrillStore.StartAsync(Path.Combine(directory.Path, "azurite"), node.DataDirectory, CancellationToken.None);
        using var text = new StringWriter();
        var options = new CrashDrillOptions { Kills = 0, Outages = 3, StoreKills = 2, Seed = 7 };
        var result = await CrashDrill.RunAsync(node with { ConnectionString = store.ConnectionString }, options, text, CancellationToken.None, store);
        output.WriteLine(text.ToString());
        Assert.Empty(result.Violations);
        Assert.Equal(5, result.Rounds);
    }

    private async Task Drill(NodeOptions node)
    {
        using var text = new StringWriter();
        var result = await CrashDrill.RunAsync(node, new CrashDrillOptions { Kills = Kills, Seed = 7 }, text, CancellationToken.None);
        output.WriteLine(text.ToString());
        Assert.Empty(result.Violations);
        Assert.Equal(Kills, result.Rounds);
        Assert.True(result.Acknowledged > 0, "Nothing was written: the drill shows nothing.");
        Assert.True(result.Reads > 0, "Nothing was read: the drill shows nothing.");
        Assert.True(result.Restores > 0, "No copy was made: the drill shows nothing.");
    }

    private static string NodePath()
    {
        Assert.SkipWhen(
            string.IsNullOrEmpty(Environment.GetEnvironmentVariable(NodeOptions.PathVariable)),
            $"{NodeOptions.PathVariable} names no built node (./jade test sets it).");
        return NodeOptions.PathFromEnvironment();
    }
}
