using Orleans.CodeGeneration;

namespace JadeVector.Grains.Interfaces;

/// <summary>Plans a search, fans it out to the shards and merges their top-K. The process that took the request hosts it itself.</summary>
public interface IQueryPlanner
{
    /// <exception cref="JadeException">A shard could not answer in time and partial answers were not allowed, or the query was refused.</exception>
    Task<SearchReply> SearchAsync(string databaseId, SearchQuery query, CancellationToken cancellation);
}

/// <summary>An address for the planner of some node, for clients that do not host one. A stateless worker; any key.</summary>
[Alias("jade.IQueryPlannerGrain")]
[Version(1)]
public interface IQueryPlannerGrain : IGrainWithIntegerKey
{
    [Alias("Search")]
    Task<SearchReply> Search(string databaseId, SearchQuery query);
}
