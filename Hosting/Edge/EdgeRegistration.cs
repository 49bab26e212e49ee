using JadeVector.Hosting.Options;
using JadeVector.Hosting.Work;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace JadeVector.Hosting.Edge;

/// <summary>
/// What every edge has, whether requests come over HTTP or from a client of the cluster in the same process: limits, the checks of
/// requests, and models for texts.
/// </summary>
internal static class EdgeRegistration
{
    public static IServiceCollection AddJadeEdge(this IServiceCollection services)
    {
        services.AddJadeOptions<LimitOptions>(LimitOptions.Section);
        services.AddJadeOptions<EmbeddingDefaults>(EmbeddingDefaults.Section);
        services.TryAddSingleton(TimeProvider.System);
        // An edge with shards in its process brings one that hears of their waits; without, only the number is bounded.
        services.TryAddSingleton(provider => new SearchAdmission(Environment.ProcessorCount, TimeSpan.MaxValue, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<TextEmbedder>();
        return services;
    }
}
