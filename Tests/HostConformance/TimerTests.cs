using Xunit;

namespace JadeVector.Tests.HostConformance;

[Collection(HostCollection.Name)]
public sealed class TimerTests(HostFixture fixture)
{
    private readonly string _key = Gate.NewName();
    private readonly string _gate = Gate.NewName();

    private ITimerGrain Grain => fixture.Grains.GetGrain<ITimerGrain>(_key);

    [Fact]
    public async Task A_timer_ticks_again_and_again_as_turns_until_it_is_disposed()
    {
        await Grain.Start(_gate, interleave: false);
        await Gate.Of(_gate + " 3").Entered;
        var ticks = await Grain.Stop();
        Assert.True(ticks >= 3);
        Assert.InRange(await Grain.Ticks(), ticks, ticks);
    }

    [Fact]
    public async Task A_tick_waits_for_the_running_call()
    {
        var block = Gate.NewName();
        var blocked = Grain.StartAndBlock(_gate, interleave: false, block);
        await Gate.Of(block).Entered;

        // Another activation's ticks of the same period show that the time has come.
        var other = Gate.NewName();
        await fixture.Grains.GetGrain<ITimerGrain>(Gate.NewName()).Start(other, interleave: false);
        await Gate.Of(other + " 5").Entered;
        Assert.False(Gate.Of(_gate + " 1").IsEntered);

        Gate.Of(block).Open();
        await blocked;
        await Gate.Of(_gate + " 1").Entered;
        await Grain.Stop();
    }

    [Fact]
    public async Task An_interleaving_timer_ticks_while_a_call_runs()
    {
        var block = Gate.NewName();
        var blocked = Grain.StartAndBlock(_gate, interleave: true, block);
        await Gate.Of(_gate + " 2").Entered;
        Assert.False(blocked.IsCompleted);
        Gate.Of(block).Open();
        await blocked;
        await Grain.Stop();
    }

    [Fact]
    public async Task A_failing_tick_does_not_end_the_timer()
    {
        await Grain.StartFailing(_gate);
        await Gate.Of(_gate + " 2").Entered;
        await Grain.Stop();
    }

    [Fact]
    public async Task Timers_end_with_their_activation()
    {
        await Grain.Start(_gate, interleave: false);
        await Gate.Of(_gate + " 1").Entered;
        await Grain.End();
        await Gate.Of(_key + " deactivated").Entered;
        Assert.Equal(0, await Grain.Ticks());
    }
}
