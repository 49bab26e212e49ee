using Xunit;

namespace JadeVector.Tests.HostConformance;

[Collection(HostCollection.Name)]
public sealed class LifeTests(HostFixture fixture)
{
    private readonly string _key = Gate.NewName();

    private ILifeGrain Grain => fixture.Grains.GetGrain<ILifeGrain>(_key);

    [Fact]
    public async Task A_failed_activation_reaches_the_caller_and_the_next_call_tries_again()
    {
        LifeScript.FailActivations(_key, 1);
        var error = await Assert.ThrowsAsync<ProbeException>(() => Grain.Number());
        Assert.Equal(("cannot start", "loading"), (error.Message, error.Code));
        var number = await Grain.Number();
        Assert.Equal($"activate {number}", Traces.Of(_key)[^1]);
        Assert.Equal(2, Traces.Of(_key).Length);
    }

    [Fact]
    public async Task All_calls_that_wait_for_a_failed_activation_get_its_exception()
    {
        LifeScript.FailActivations(_key, 100);
        var calls = Enumerable.Range(0, 5).Select(_ => Grain.Number()).ToArray();
        foreach (var call in calls)
            Assert.Equal("loading", (await Assert.ThrowsAsync<ProbeException>(() => call)).Code);
    }

    [Fact]
    public async Task A_call_that_meets_one_ending_activation_after_the_other_is_turned_away()
    {
        LifeScript.EndActivations(_key);
        await Assert.ThrowsAsync<OrleansMessageRejectionException>(() => Grain.Number());
        Assert.Equal(3, Traces.Of(_key).Length);
    }

    [Fact]
    public async Task Deactivation_waits_for_the_running_call_and_later_calls_go_to_a_new_activation()
    {
        var gate = Gate.NewName();
        var running = Grain.EndAndBlock(gate);
        await Gate.Of(gate).Entered;
        var later = Grain.Number();
        Gate.Of(gate).Open();

        var (first, second) = (await running, await later);
        Assert.NotEqual(first, second);
        await Gate.Of(_key + " deactivated").Entered;
        Assert.Equal(
            [$"activate {first}", $"leave {first}", $"deactivate {first} {nameof(DeactivationReasonCode.ApplicationRequested)}", $"activate {second}"],
            Traces.Of(_key));
    }

    [Fact]
    public async Task A_grain_can_be_ended_from_any_thread_through_its_context()
    {
        var first = await Grain.Number();
        await Grain.EndFromOutside();
        await Gate.Of(_key + " deactivated").Entered;
        Assert.NotEqual(first, await Grain.Number());
    }

    [Fact]
    public async Task The_grain_object_is_disposed_after_deactivation()
    {
        await Grain.End();
        await Gate.Of(_key + " deactivated").Entered;
        await Gate.Of(_key + " disposed").Entered;
    }

    [Fact]
    public async Task Idle_activations_are_collected_and_those_that_asked_to_stay_are_not()
    {
        await using var host = await TestHost.StartAsync(new TestHostOptions
        {
            CollectionAge = TimeSpan.FromMilliseconds(300),
            CollectionQuantum = TimeSpan.FromMilliseconds(100),
        });
        var stays = Gate.NewName();
        var number = await host.Grains.GetGrain<ILifeGrain>(stays).Number();
        await host.Grains.GetGrain<ILifeGrain>(stays).StayFor(TimeSpan.FromHours(1));
        await host.Grains.GetGrain<ILifeGrain>(_key).Number();

        await Gate.Of(_key + " deactivated").Entered;

        Assert.EndsWith(nameof(DeactivationReasonCode.ActivationIdle), Traces.Of(_key)[^1], StringComparison.Ordinal);
        Assert.Equal(number, await host.Grains.GetGrain<ILifeGrain>(stays).Number());
    }

    [Fact]
    public async Task Stopping_the_host_deactivates_everything()
    {
        await using var host = await TestHost.StartAsync(new TestHostOptions());
        var number = await host.Grains.GetGrain<ILifeGrain>(_key).Number();
        await host.StopAsync();
        Assert.Equal([$"activate {number}", $"deactivate {number} {nameof(DeactivationReasonCode.ShuttingDown)}"], Traces.Of(_key));
    }
}
