using JadeVector.Embedded;
using JadeVector.Tests.HostConformance;
using JadeVector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Storage;
using Xunit;

namespace JadeVector.Tests.Embedded;

/// <summary>What the conformance suite cannot ask of both hosts: the same storage under one host after the other, and a clock of the test's.</summary>
public sealed class ReminderTests
{
    private readonly ManualClock _clock = new();
    private readonly ProbeStorage _storage = new();
    private readonly string _key = Gate.NewName();

    [Fact]
    public async Task A_reminder_goes_on_at_its_own_times_after_a_restart_and_makes_up_for_none()
    {
        await using (var host = await StartAsync())
        {
            await GrainOf(host).Register(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2)); // the clock stands at 00:00
            _clock.Advance(TimeSpan.FromMinutes(1));
            await Gate.Of(_key + " 1").Entered;
        }

        _clock.Advance(TimeSpan.FromSeconds(570)); // 00:10:30; five have passed by
        await using (var host = await StartAsync())
        {
            Assert.True(await GrainOf(host).IsRegistered());
            _clock.Advance(TimeSpan.FromSeconds(30));
            await Gate.Of(_key + " 2").Entered;
            await GrainOf(host).Unregister();
        }

        await using (var host = await StartAsync())
            Assert.False(await GrainOf(host).IsRegistered());
        Assert.Equal(["probe reminder 00:01:00 00:01:00 00:02:00", "probe reminder 00:01:00 00:11:00 00:02:00"], Traces.Of(_key));
    }

    [Fact]
    public async Task A_host_wakes_its_reminders_by_itself_as_soon_as_the_storage_can_be_read()
    {
        await using (var host = await StartAsync())
            await GrainOf(host).Register(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        _storage.Failures["reminders/0"] = new IOException("not yet");
        await using (await StartAsync())
        {
            for (var next = Gate.Of(_key + " 1"); !next.IsEntered; await Task.Yield())
                _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Empty(_storage.Failures);
    }

    [Fact]
    public async Task A_registration_that_could_not_be_stored_is_refused_and_the_ones_before_go_on()
    {
        await using var host = await StartAsync();
        await GrainOf(host).Register(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        _storage.Failures["reminders/0"] = new IOException("disk full");
        var other = host.Services.GetRequiredService<IGrainFactory>().GetGrain<IReminderGrain>(Gate.NewName());
        Assert.IsType<IOException>((await Assert.ThrowsAsync<OrleansException>(() => other.Register(TimeSpan.Zero, TimeSpan.FromMinutes(1)))).InnerException);
        Assert.False(await other.IsRegistered());
        Assert.True(await GrainOf(host).IsRegistered());
        _clock.Advance(TimeSpan.FromMinutes(1));
        await Gate.Of(_key + " 1").Entered;
    }

    private IReminderGrain GrainOf(EmbeddedNode host) => host.Services.GetRequiredService<IGrainFactory>().GetGrain<IReminderGrain>(_key);

    private async Task<EmbeddedNode> StartAsync()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<TimeProvider>(_clock);
        services.AddKeyedSingleton<IGrainStorage>("probe", _storage);
        services.AddEmbeddedGrains(grains =>
        {
            grains.Assemblies.Add(typeof(ReminderProbeGrain).Assembly);
            grains.ReminderStorage = "probe";
        });
        var host = new EmbeddedNode(services.BuildServiceProvider());
        foreach (var service in host.Services.GetServices<IHostedService>())
            await service.StartAsync(CancellationToken.None);
        return host;
    }

    private sealed class EmbeddedNode(ServiceProvider services) : IAsyncDisposable
    {
        public IServiceProvider Services => services;

        public async ValueTask DisposeAsync()
        {
            foreach (var service in services.GetServices<IHostedService>())
                await service.StopAsync(CancellationToken.None);
            await services.DisposeAsync();
        }
    }
}
