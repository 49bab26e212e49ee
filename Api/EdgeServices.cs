using JadeVector.Api.Metrics;
using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Edge;
using Microsoft.Extensions.Options;

namespace JadeVector.Api;

/// <summary>What the routes work with: singletons all, looked up once.</summary>
internal sealed class EdgeServices(
    IDatabaseCatalog databases,
    IVectorStore vectors,
    IQueryPlanner planner,
    IClusterInfo cluster,
    IDatabaseSnapshots snapshots,
    TextEmbedder embedder,
    EdgeMeters meters,
    IOptions<LimitOptions> limits,
    TimeProvider clock)
{
    public IDatabaseCatalog Databases { get; } = databases;

    public IVectorStore Vectors { get; } = vectors;

    public IQueryPlanner Planner { get; } = planner;

    public IClusterInfo Cluster { get; } = cluster;

    public IDatabaseSnapshots Snapshots { get; } = snapshots;

    public TextEmbedder Embedder { get; } = embedder;

    public EdgeMeters Meters { get; } = meters;

    public LimitOptions Limits { get; } = limits.Value;

    public TimeProvider Clock { get; } = clock;

    /// <summary>The database of that id.</summary>
    public Task<DatabaseDescription> DatabaseAsync(string databaseId, CancellationToken cancellation)
    {
        FieldRules.DatabaseId(databaseId);
        return Databases.GetAsync(databaseId, cancellation);
    }
}
