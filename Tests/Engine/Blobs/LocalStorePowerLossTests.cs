using JadeVector.Engine.Blobs.Files;
using JadeVector.Tests.Support;
using Xunit;

namespace JadeVector.Tests.Engine.Blobs;

/// <summary>
/// The program ends before each single change that it makes to the disk, by a power cut, or by a kill that a power cut follows after
/// a restart has read everything. Nothing acknowledged and nothing read may be lost; with any one kind of flush left out, something is.
/// </summary>
public sealed class LocalStorePowerLossTests
{
    /// <summary>How much of what was not flushed the disk kept: nothing, or a part by chance.</summary>
    private static readonly int?[] Seeds = [null, .. Enumerable.Range(1, 30).Select(s => (int?)s)];

    public static TheoryData<FlushReason> Reasons => [.. Enum.GetValues<FlushReason>()];

    [Fact]
    public async Task Nothing_acknowledged_is_lost_wherever_the_power_goes()
    {
        var cuts = 0;
        await foreach (var (cut, seed, killed, violation) in RunAllAsync(ignored: null))
        {
            Assert.True(violation is null, $"cut before change {cut}, seed {seed}, killed first: {killed}: {violation}");
            cuts = cut;
        }

        Assert.InRange(cuts, 80, 1000);   // the workload was cut into, not cut short
    }

    [Theory]
    [MemberData(nameof(Reasons))]
    public async Task Without_any_one_flush_something_is_lost(FlushReason ignored)
    {
        await foreach (var (_, _, _, violation) in RunAllAsync(ignored))
        {
            if (violation is not null)
                return;
        }

        Assert.Fail($"{ignored}: no run noticed that this flush was missing");
    }

    [Fact]
    public async Task The_workload_flushes_for_every_reason_on_its_way_or_after_it()
    {
        var files = new PowerLossFileSystem();
        var workload = new PowerLossWorkload(files);
        await workload.RunAsync();
        files.KillProcess();
        await workload.ObserveAsync();
        Assert.Equal(Enum.GetValues<FlushReason>(), files.Flushes.Distinct().Order());
    }

    private static async IAsyncEnumerable<(int Cut, int? Seed, bool Killed, string? Violation)> RunAllAsync(FlushReason? ignored)
    {
        var ended = false;
        for (var cut = 0; !ended; cut++)
        {
            foreach (var seed in Seeds)
            {
                foreach (var killed in new[] { false, true })
                {
                    var (violation, reachedEnd) = await RunOnceAsync(ignored, cut, seed, killed);
                    ended |= reachedEnd;
                    yield return (cut, seed, killed, violation);
                }
            }
        }
    }

    private static async Task<(string? Violation, bool ReachedEnd)> RunOnceAsync(FlushReason? ignored, int cut, int? seed, bool killed)
    {
        var changes = 0;
        var files = new PowerLossFileSystem { IgnoredFlush = ignored };
        files.BeforeChange = change =>
        {
            if (changes++ >= cut)
                throw new PowerCutException(change);
        };
        var workload = new PowerLossWorkload(files);
        var reachedEnd = false;
        try
        {
            await workload.RunAsync();
            reachedEnd = true;
        }
        catch (PowerCutException)
        {
            // That is where this run ends.
        }

        files.BeforeChange = null;
        files.FreeBytes = null;
        if (killed)
        {
            files.KillProcess();
            await workload.ObserveAsync();
        }

        files.LosePower(seed);
        return (await workload.ViolationAsync(), reachedEnd);
    }
}
