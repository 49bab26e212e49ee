namespace JadeVector.Grains.Cluster;

/// <summary>The node that this process is.</summary>
/// <param name="Name">Unique in the cluster.</param>
public sealed record NodeIdentity(string Name, DateTimeOffset StartedAt);
