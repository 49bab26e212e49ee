using Xunit;

namespace JadeVector.Tests.HostConformance;

[Collection(HostCollection.Name)]
public sealed class ReminderTests(HostFixture fixture)
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);

    private readonly string _key = Gate.NewName();

    private IReminderGrain Grain => fixture.Grains.GetGrain<IReminderGrain>(_key);

    [Fact]
    public async Task A_reminder_ticks_again_and_again_even_after_a_tick_that_failed()
    {
        Assert.False(await Grain.IsRegistered());
        await Grain.FailOnce();
        await Grain.Register(TimeSpan.Zero, Period);
        Assert.True(await Grain.IsRegistered());
        await Gate.Of(_key + " 3").Entered;
        Assert.All(Traces.Of(_key), line => Assert.Matches(@"^probe reminder \d\d:\d\d:\d\d \d\d:\d\d:\d\d 00:00:00\.0500000$", line));
        await Grain.Unregister();
    }

    [Fact]
    public async Task A_reminder_outlives_its_activation_and_makes_another_one()
    {
        await Grain.Register(Period, Period);
        await Gate.Of(_key + " in activation 1").Entered;
        await Grain.End();
        await Gate.Of(_key + " deactivated").Entered;
        await Gate.Of(_key + " in activation 2").Entered; // nobody but the reminder called
        await Grain.Unregister();
    }

    [Fact]
    public async Task A_reminder_that_is_unregistered_ticks_no_more()
    {
        await Grain.Register(Period, Period);
        await Gate.Of(_key + " 1").Entered;
        await Grain.Unregister();
        Assert.False(await Grain.IsRegistered());

        // Another grain's ticks of the same period show first that one on its way has arrived, and then that the time has come.
        var other = Gate.NewName();
        await fixture.Grains.GetGrain<IReminderGrain>(other).Register(Period, Period);
        await Gate.Of(other + " 2").Entered;
        var ticks = Traces.Of(_key).Length;
        await Gate.Of(other + " 6").Entered;
        Assert.Equal(ticks, Traces.Of(_key).Length);
        await fixture.Grains.GetGrain<IReminderGrain>(other).Unregister();
    }

    [Fact]
    public async Task A_later_registration_takes_the_place_of_an_earlier_one()
    {
        await Grain.Register(TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        await Grain.Register(Period, Period);
        await Gate.Of(_key + " 2").Entered;
        await Assert.ThrowsAsync<ReminderException>(() => Grain.UnregisterFirst());
        await Grain.Unregister();
        Assert.False(await Grain.IsRegistered());
        await Grain.UnregisterFirst(); // has gone already
    }

    [Fact]
    public async Task What_cannot_be_a_reminder_is_refused()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Grain.Register(Period, TimeSpan.FromMilliseconds(1)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Grain.Register(TimeSpan.FromSeconds(-1), Period));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Grain.Register(Timeout.InfiniteTimeSpan, Period));
        Assert.False(await Grain.IsRegistered());
    }
}
