using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace JadeVector.Client.Cluster;

/// <summary>Registers the client with an application's host, which connects it at its start.</summary>
public static class JadeClusterClientExtensions
{
    /// <summary>Brings <see cref="IJadeClient"/>, over the cluster that the options name. Usable once the host has started.</summary>
    public static IServiceCollection AddJadeClusterClient(this IServiceCollection services, Action<JadeClusterClientOptions> configure)
    {
        services.AddSingleton(provider =>
        {
            var options = new JadeClusterClientOptions { Logs = provider.GetService<ILoggerFactory>() };
            configure(options);
            return new JadeClusterClient(options);
        });
        services.AddSingleton<IJadeClient>(provider => provider.GetRequiredService<JadeClusterClient>());
        services.AddHostedService<Connection>();
        return services;
    }

    private sealed class Connection(JadeClusterClient client) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => client.StartAsync(cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => client.StopAsync(cancellationToken);
    }
}
