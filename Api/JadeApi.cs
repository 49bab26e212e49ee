using JadeVector.Api.Databases;
using JadeVector.Api.Embeddings;
using JadeVector.Api.Import;
using JadeVector.Api.Metrics;
using JadeVector.Api.OpenApi;
using JadeVector.Api.Operations;
using JadeVector.Api.Options;
using JadeVector.Api.Problems;
using JadeVector.Api.Requests;
using JadeVector.Api.Search;
using JadeVector.Api.Security;
using JadeVector.Api.Snapshots;
using JadeVector.Api.Vectors;
using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Edge;
using JadeVector.Hosting.Options;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace JadeVector.Api;

/// <summary>
/// The HTTP edge. The host brings as singletons <see cref="IDatabaseCatalog"/>, <see cref="IVectorStore"/>, <see cref="IQueryPlanner"/>,
/// <see cref="IClusterInfo"/>, <see cref="IDatabaseSnapshots"/> and <see cref="IReadiness"/>, and an
/// <c>IEmbeddingGenerator&lt;string, Embedding&lt;float&gt;&gt;</c> per model, keyed by its name.
/// </summary>
public static class JadeApi
{
    /// <summary>Where a node listens that is told nothing.</summary>
    public const string DefaultUrl = "http://127.0.0.1:8080";

    /// <summary>Registers what the edge needs of its own.</summary>
    public static IServiceCollection AddJadeApi(this IServiceCollection services)
    {
        services.AddJadeEdge();
        services.AddJadeOptions<SecurityOptions>(SecurityOptions.Section);
        services.AddMetrics();
        services.AddSingleton<EdgeMeters>();
        services.AddSingleton<PrometheusExporter>();
        services.AddSingleton<EdgeServices>();
        services.AddHostedService<BindingGuard>();
        services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Routes that hold a body enforce the limit themselves: the server would cut the connection, often before the client has read why.
            kestrel.Limits.MaxRequestBodySize = null;
        });
        OpenApiSetup.AddTo(services);
        return services;
    }

    /// <summary>Puts the middleware in order and maps every route.</summary>
    public static WebApplication MapJadeApi(this WebApplication app)
    {
        // Before anything else listens to the meters' instruments.
        var exporter = app.Services.GetRequiredService<PrometheusExporter>();
        app.UseMiddleware<SearchAdmissionMiddleware>();
        app.UseMiddleware<MetricsMiddleware>();
        app.UseMiddleware<ProblemMiddleware>();
        app.UseMiddleware<AdminKeyMiddleware>();
        app.UseMiddleware<VectorIdPath>();
        OpenApiSetup.MapTo(app);
        app.UseRouting();

        var routes = new RouteTable(app);
        var edge = app.Services.GetRequiredService<EdgeServices>();
        DatabaseRoutes.Map(routes, edge);
        SnapshotRoutes.Map(routes, edge);
        VectorRoutes.Map(routes, edge);
        BatchRoutes.Map(routes, edge);
        SearchRoutes.Map(routes, edge);
        ImportRoutes.Map(routes, edge);
        EmbeddingRoutes.Map(routes, edge);
        OperationRoutes.Map(routes, edge, app.Services.GetRequiredService<IReadiness>(), exporter);
        return app;
    }

    /// <summary>Listens on <see cref="DefaultUrl"/> unless an address is configured.</summary>
    public static WebApplicationBuilder UseJadeDefaultUrl(this WebApplicationBuilder builder)
    {
        if (!BindingGuard.Configured(builder.Configuration).Any())
            builder.WebHost.UseUrls(DefaultUrl);
        return builder;
    }
}
