using Microsoft.Extensions.DependencyInjection;
#if ORLEANS_MICROSOFT
using Orleans.Configuration;
using Orleans.TestingHost;
#else
using JadeVector.Embedded;
using Microsoft.Extensions.Hosting;
#endif

namespace JadeVector.Tests.HostConformance;

/// <summary>What a test may change of the host.</summary>
public sealed record TestHostOptions
{
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(20);

    public TimeSpan CollectionAge { get; init; } = TimeSpan.FromHours(1);

    public TimeSpan CollectionQuantum { get; init; } = TimeSpan.FromMinutes(1);
}

/// <summary>One node with the probe grains, on the host that this build is for. The only place of the suite that tells the two apart.</summary>
public sealed class TestHost : IAsyncDisposable
{
    /// <summary>A minute in the product; tests do not wait for minutes.</summary>
    private static readonly TimeSpan ReminderPeriodMin = TimeSpan.FromMilliseconds(20);

#if ORLEANS_MICROSOFT
    private readonly InProcessTestCluster _cluster;

    private TestHost(InProcessTestCluster cluster) => _cluster = cluster;

    public IServiceProvider Services => _cluster.Silos[0].SiloHost.Services;

    public static async Task<TestHost> StartAsync(TestHostOptions options)
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.Options.InitializeClientOnDeploy = false;
        builder.Options.ConfigureFileLogging = false;
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Configure<SiloMessagingOptions>(messaging => messaging.ResponseTimeout = options.ResponseTimeout);
            silo.Configure<GrainCollectionOptions>(collection =>
            {
                collection.CollectionAge = options.CollectionAge;
                collection.CollectionQuantum = options.CollectionQuantum;
            });
            silo.Configure<ReminderOptions>(reminders => reminders.MinimumReminderPeriod = ReminderPeriodMin);
            silo.UseInMemoryReminderService();
            ConfigureServices(silo.Services);
        });
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return new TestHost(cluster);
    }

    public Task StopAsync() => _cluster.StopAllSilosAsync();

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();
#else
    private readonly ServiceProvider _services;

    private TestHost(ServiceProvider services) => _services = services;

    public IServiceProvider Services => _services;

    public static async Task<TestHost> StartAsync(TestHostOptions options)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddEmbeddedGrains(grains =>
        {
            grains.Assemblies.Add(typeof(TestHost).Assembly);
            grains.ResponseTimeout = options.ResponseTimeout;
            grains.CollectionAge = options.CollectionAge;
            grains.CollectionQuantum = options.CollectionQuantum;
            grains.ReminderStorage = "probe";
            grains.MinimumReminderPeriod = ReminderPeriodMin;
        });
        ConfigureServices(services);
        var host = new TestHost(services.BuildServiceProvider());
        foreach (var service in host._services.GetServices<IHostedService>())
            await service.StartAsync(CancellationToken.None);
        return host;
    }

    public async Task StopAsync()
    {
        foreach (var service in _services.GetServices<IHostedService>())
            await service.StopAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _services.DisposeAsync();
    }
#endif

    public IGrainFactory Grains => Services.GetRequiredService<IGrainFactory>();

    private static void ConfigureServices(IServiceCollection services)
    {
        services.AddSingleton<ProbeStorage>();
        services.AddKeyedSingleton<Orleans.Storage.IGrainStorage>("probe", (provider, _) => provider.GetRequiredService<ProbeStorage>());
        services.AddSingleton<IIncomingGrainCallFilter>(new TracingFilter("first"));
        services.AddSingleton<IIncomingGrainCallFilter>(new TracingFilter("second"));
    }
}
