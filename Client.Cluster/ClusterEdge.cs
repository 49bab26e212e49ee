using JadeVector.Grains.Interfaces;
using JadeVector.Hosting.Edge;
using Microsoft.Extensions.Options;

namespace JadeVector.Client.Cluster;

/// <summary>What the calls work with: singletons all, looked up once.</summary>
internal sealed class ClusterEdge(
    IDatabaseCatalog databases, IVectorStore vectors, IQueryPlanner planner, IDatabaseSnapshots snapshots, IReadiness readiness,
    TextEmbedder embedder, IOptions<LimitOptions> limits, TimeProvider clock)
{
    public IDatabaseCatalog Databases { get; } = databases;

    public IVectorStore Vectors { get; } = vectors;

    public IQueryPlanner Planner { get; } = planner;

    public IDatabaseSnapshots Snapshots { get; } = snapshots;

    public IReadiness Readiness { get; } = readiness;

    public TextEmbedder Embedder { get; } = embedder;

    public DatabaseSettingsReader Settings { get; } = new(limits.Value, embedder);

    public LimitOptions Limits { get; } = limits.Value;

    public TimeProvider Clock { get; } = clock;

    /// <summary>The database of that id.</summary>
    public Task<DatabaseDescription> DatabaseAsync(string databaseId, CancellationToken cancellation)
    {
        FieldRules.DatabaseId(databaseId);
        return Databases.GetAsync(databaseId, cancellation);
    }
}
