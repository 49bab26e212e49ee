using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace JadeVector.Embedded;

public static class EmbeddedGrainExtensions
{
    /// <summary>
    /// Registers the host and <see cref="IGrainFactory"/>. Grains can be called at once; the collection of idle ones starts with the
    /// generic host and all activations end when it stops. Storages are keyed <see cref="Orleans.Storage.IGrainStorage"/> services,
    /// call filters <see cref="IIncomingGrainCallFilter"/> services. Needs logging; takes a <see cref="TimeProvider"/> if there is one.
    /// </summary>
    public static IServiceCollection AddEmbeddedGrains(this IServiceCollection services, Action<EmbeddedGrainOptions> configure)
    {
        services.Configure(configure);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<EmbeddedGrainHost>();
        services.TryAddSingleton<IGrainFactory>(provider => provider.GetRequiredService<EmbeddedGrainHost>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, EmbeddedGrainHost>(provider => provider.GetRequiredService<EmbeddedGrainHost>()));
        return services;
    }
}
