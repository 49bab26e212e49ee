using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using Xunit;

namespace JadeVector.Tests.HostConformance;

[Collection(HostCollection.Name)]
public sealed class StateTests(HostFixture fixture)
{
    private readonly string _key = Gate.NewName();

    private IStateGrain Grain => fixture.Grains.GetGrain<IStateGrain>(_key);

    private ProbeStorage Storage => fixture.Host.Services.GetRequiredService<ProbeStorage>();

    [Fact]
    public async Task State_is_read_before_activation_and_survives_deactivation()
    {
        Assert.Equal((0, false, 0), await Grain.Read());
        Assert.Equal(5, await Grain.Add(5));
        await Grain.End();
        Assert.Equal((5, true, 5), await Grain.Read());
        await Grain.Clear();
        Assert.Equal((0, false, 5), await Grain.Read());
    }

    [Fact]
    public async Task Names_of_grains_are_the_same_on_both_hosts()
    {
        await Grain.Add(1);
        Assert.Equal($"state/{_key}", await Grain.Id());
        Assert.Contains($"counter-state/{_key}", Storage.Names);
        Assert.Equal("keyed/FF", await fixture.Grains.GetGrain<IKeyGrain>(255).Id());
        Assert.Equal(-7, await fixture.Grains.GetGrain<IKeyGrain>(-7).Key());
        Assert.Equal("keyed/FFFFFFFFFFFFFFF9", await fixture.Grains.GetGrain<IKeyGrain>(-7).Id());
    }

    [Fact]
    public async Task An_inconsistent_state_ends_the_activation_and_the_next_one_reads_anew()
    {
        await Grain.Add(1);
        var first = await Grain.Activation();
        Storage.Interfere($"counter-state/{_key}");
        var error = await Assert.ThrowsAsync<InconsistentStateException>(() => Grain.Add(1));
        Assert.Equal(("2", "1"), (error.StoredEtag, error.CurrentEtag));
        Assert.Equal((100, true, 100), await Grain.Read());
        Assert.NotEqual(first, await Grain.Activation());
    }

    [Fact]
    public async Task An_inconsistent_state_that_the_grain_catches_does_not_end_it()
    {
        await Grain.Add(1);
        var first = await Grain.Activation();
        Storage.Interfere($"counter-state/{_key}");
        Assert.False(await Grain.TryAdd(1));
        Assert.Equal(first, await Grain.Activation());
    }

    [Fact]
    public async Task An_inconsistent_state_of_another_grain_does_not_end_the_caller()
    {
        var other = Gate.NewName();
        await fixture.Grains.GetGrain<IStateGrain>(other).Add(1);
        Storage.Interfere($"counter-state/{other}");
        var first = await Grain.Activation();
        await Assert.ThrowsAsync<InconsistentStateException>(() => Grain.AddThrough(other));
        Assert.Equal(first, await Grain.Activation());
    }

    [Fact]
    public async Task Other_failures_of_the_storage_reach_the_caller_wrapped_and_leave_the_activation()
    {
        var first = await Grain.Activation();
        Storage.Failures[$"state/{_key}"] = new IOException("disk full");
        var error = await Assert.ThrowsAsync<OrleansException>(() => Grain.Add(1));
        Assert.IsType<IOException>(error.InnerException);
        Assert.Equal(first, await Grain.Activation());
    }

    [Fact]
    public async Task A_state_that_cannot_be_read_fails_the_activation()
    {
        Storage.Failures[$"state/{_key}"] = new IOException("unreadable");
        var error = await Assert.ThrowsAsync<OrleansException>(() => Grain.Read());
        Assert.IsType<IOException>(error.InnerException);
        Assert.Equal((0, false, 0), await Grain.Read());
    }
}
