using System.Diagnostics;
using JadeVector.Embedded;
using JadeVector.Engine.Determinism;
using JadeVector.Grains.Interfaces;
using JadeVector.Hosting;
using JadeVector.Hosting.Options;
using JadeVector.Tests.HostConformance;
using JadeVector.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace JadeVector.Tests.Embedded;

/// <summary>When the grain that remembers scheduled snapshots has a reminder, on the product's composition and the test's clock.</summary>
public sealed class BackupsReminderTests : IAsyncLifetime
{
    private static readonly GrainId Backups = GrainId.Create("backups", "0");

    private readonly ManualClock _clock = new();
    private ServiceProvider? _services;

    private EmbeddedGrainHost Host => _services!.GetRequiredService<EmbeddedGrainHost>();

    public async ValueTask InitializeAsync()
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddLogging();
        builder.AddJadeNode(new EngineContext(new SimulatedBlobStore(), _clock, new InlineWorkScheduler(), new SeededIdSource(1)), new EngineOptions());
        _services = builder.Services.BuildServiceProvider();
        await Host.StartAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await Host.StopAsync(CancellationToken.None);
        await _services!.DisposeAsync();
    }

    [Fact]
    public async Task There_is_a_reminder_while_anything_is_scheduled()
    {
        var grain = Host.GetGrain<IBackupsGrain>(0);
        Assert.Null(await FindAsync());
        await Task.WhenAll(grain.Schedule("db_a", _clock.GetUtcNow().AddDays(1)), grain.Schedule("db_b", _clock.GetUtcNow().AddDays(1)));
        Assert.NotNull(await FindAsync());
        await grain.Forget("db_a");
        Assert.NotNull(await FindAsync());
        await grain.Forget("db_b");
        Assert.Null(await FindAsync());
        await Task.WhenAll(grain.Schedule("db_a", _clock.GetUtcNow().AddDays(1)), grain.Forget("db_a"), grain.Schedule("db_b", _clock.GetUtcNow().AddDays(1)));
        Assert.NotNull(await FindAsync());
    }

    [Fact]
    public async Task A_reminder_that_a_crash_left_with_nothing_to_do_ends_itself()
    {
        await Host.GetGrain<IReminderTable>(0).Put(Backups, "backups", TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
        _clock.Advance(TimeSpan.FromMinutes(1));
        for (var since = Stopwatch.StartNew(); await FindAsync() is not null;)
            Assert.True(since.Elapsed < Gate.Patience, "The reminder is still there.");
    }

    private Task<long?> FindAsync() => Host.GetGrain<IReminderTable>(0).Find(Backups, "backups");
}
