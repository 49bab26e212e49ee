using JadeVector.Cli;
using JadeVector.Cli.Drills;
using Xunit;

namespace JadeVector.Tests.Cli.Drills;

/// <summary>The drill finds nothing wrong with a node that keeps its promises, and finds every way of breaking them.</summary>
public sealed class CrashDrillTests
{
    private static readonly CrashDrillOptions Options = new()
    {
        Kills = 3,
        Writers = 3,
        IdsPerWriter = 10,
        RequestsPerRoundMax = 60,
        Patience = TimeSpan.FromSeconds(20),
        UpkeepPatience = TimeSpan.FromSeconds(60),
    };

    private static async Task<(CrashDrillResult Result, string Output)> Drill(FakeNode node)
    {
        var output = new StringWriter();
        return (await CrashDrill.RunAsync(node, Options, output, CancellationToken.None), output.ToString());
    }

    [Fact]
    public async Task A_node_that_keeps_its_promises_passes()
    {
        await using var node = new FakeNode(Flaw.None);

        var (result, output) = await Drill(node);

        Assert.Empty(result.Violations);
        Assert.True(result.IsClean);
        Assert.Equal(3, result.Rounds);
        Assert.True(result.Acknowledged > 10);
        Assert.True(result.Reads > 0, "nothing was read");
        Assert.True(result.Restores > 0, "no copy was checked");
        Assert.True(node.LostAnswers > 0, "no answer was lost, so nothing was ever in doubt");
        Assert.Contains("round   3/3: killed after ", output, StringComparison.Ordinal);
        Assert.Contains("all found again", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(Flaw.LosesAnAcknowledgedWrite), " is absent where ")]
    [InlineData(nameof(Flaw.BringsBackADeletedVector), " where absent ")]
    [InlineData(nameof(Flaw.ChangesAValue), " has values or metadata that nobody wrote")]
    [InlineData(nameof(Flaw.InventsAVector), "nobody wrote it")]
    [InlineData(nameof(Flaw.HidesAVectorFromItsPages), " is there by its id, and in no page")]
    [InlineData(nameof(Flaw.ShowsAnOldState), "get: ")]
    [InlineData(nameof(Flaw.RestoresAnOldState), "restore: ")]
    [InlineData(nameof(Flaw.BranchesAnOldState), "branch: ")]
    [InlineData(nameof(Flaw.RefusesAWrite), " was refused: No. (409 conflict)")]
    public async Task A_broken_promise_is_reported(string flaw, string violation)
    {
        await using var node = new FakeNode(Enum.Parse<Flaw>(flaw));

        var (result, output) = await Drill(node);

        Assert.False(result.IsClean);
        Assert.Contains(result.Violations, each => each.Contains(violation, StringComparison.Ordinal));
        Assert.Contains("VIOLATION: ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_does_not_start_again_ends_the_drill()
    {
        await using var node = new FakeNode(Flaw.DoesNotStartAgain);

        var (result, output) = await Drill(node);

        Assert.False(result.IsClean);
        Assert.Equal(1, result.Rounds);
        Assert.Contains("1 failed starts", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_out_of_range_are_refused()
    {
        await using var node = new FakeNode(Flaw.None);
        await Assert.ThrowsAsync<CliException>(() => CrashDrill.RunAsync(node, Options with { Kills = 0 }, TextWriter.Null, CancellationToken.None));
        await Assert.ThrowsAsync<CliException>(() => CrashDrill.RunAsync(node, Options with { Outages = 1 }, TextWriter.Null, CancellationToken.None)); // no store to take away
        await Assert.ThrowsAsync<CliException>(() => CrashDrill.RunAsync(node, Options with { StoreKills = 1 }, TextWriter.Null, CancellationToken.None));
        await Assert.ThrowsAsync<CliException>(() => CrashDrill.RunAsync(node, Options with { Writers = 65 }, TextWriter.Null, CancellationToken.None));
    }
}
