using JadeVector.Hosting.Options;
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
        services.AddSingleton<TextEmbedder>();
        return services;
    }
}
