using JadeVector.Grains.Interfaces;
using Orleans.Concurrency;

namespace JadeVector.Grains.Routing;

/// <summary>The planner of whichever node the call lands on.</summary>
[StatelessWorker]
[Reentrant]
public sealed class QueryPlannerGrain(IQueryPlanner planner) : Grain, IQueryPlannerGrain
{
    /// <inheritdoc/>
    public Task<SearchReply> Search(string databaseId, SearchQuery query) => planner.SearchAsync(databaseId, query, CancellationToken.None);
}
