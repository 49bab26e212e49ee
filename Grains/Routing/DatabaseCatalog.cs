using JadeVector.Engine.Determinism;
using JadeVector.Grains.Databases;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Routing;

/// <summary>The databases of the cluster over the catalog and database grains.</summary>
public sealed class DatabaseCatalog(IGrainFactory grains, DatabaseCache cache, TimeProvider clock, IdSource idSource) : IDatabaseCatalog
{
    /// <inheritdoc/>
    public async Task<DatabaseDescription> CreateAsync(DatabaseSettings settings, CancellationToken cancellation)
    {
        var id = DatabaseIds.Make(clock, idSource);
        var description = await ControlCalls.Run(grains.GetGrain<IDatabaseGrain>(id).Create(settings), cancellation);
        cache.Put(description);
        return description;
    }

    /// <inheritdoc/>
    public async Task<DatabaseDescription> GetAsync(string databaseId, CancellationToken cancellation) => await cache.GetAsync(databaseId, cancellation);

    /// <inheritdoc/>
    public async Task<DatabaseDescription?> FindAsync(string name, CancellationToken cancellation)
    {
        var id = await ControlCalls.Run(grains.GetGrain<ICatalogGrain>(CatalogPartitions.Of(name)).Find(name), cancellation);
        return id is null ? null : await ControlCalls.Run(grains.GetGrain<IDatabaseGrain>(id).Get(), cancellation);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<DatabaseDescription>> ListAsync(string? afterId, int limit, CancellationToken cancellation)
    {
        var partitions = await ControlCalls.Run(
            Task.WhenAll(Enumerable.Range(0, CatalogPartitions.Count).Select(partition => grains.GetGrain<ICatalogGrain>(partition).List())), cancellation);
        var ids = partitions.SelectMany(ids => ids)
            .Where(id => afterId is null || string.CompareOrdinal(id, afterId) > 0)
            .Order(StringComparer.Ordinal);
        var page = new List<DatabaseDescription>();
        foreach (var group in ids.Chunk(limit))
        {
            var found = await ControlCalls.Run(Task.WhenAll(group.Select(id => grains.GetGrain<IDatabaseGrain>(id).Get())), cancellation);
            page.AddRange(found.OfType<DatabaseDescription>().Take(limit - page.Count));
            if (page.Count == limit)
            {
                break;
            }
        }

        return page;
    }

    /// <inheritdoc/>
    public async Task<DatabaseDescription> UpdateAsync(string databaseId, DatabaseChanges changes, CancellationToken cancellation)
    {
        await cache.GetAsync(databaseId, cancellation);
        var description = await ControlCalls.Run(grains.GetGrain<IDatabaseGrain>(databaseId).Update(changes), cancellation);
        cache.Put(description);
        return description;
    }

    /// <inheritdoc/>
    public async Task DeleteAsync(string databaseId, CancellationToken cancellation)
    {
        await cache.GetAsync(databaseId, cancellation);
        try
        {
            await ControlCalls.Run(grains.GetGrain<IDatabaseGrain>(databaseId).Delete(), cancellation);
        }
        finally
        {
            cache.Forget(databaseId);
        }
    }

    /// <inheritdoc/>
    public async Task<DatabaseStatus> GetStatusAsync(string databaseId, CancellationToken cancellation)
    {
        var description = await cache.GetAsync(databaseId, cancellation);
        var shards = await Task.WhenAll(description.ShardMap.Ranges.Select(range => StatusOf(databaseId, range.Shard))).WaitAsync(cancellation);
        return new DatabaseStatus { Description = description, Shards = shards };
    }

    /// <summary>A shard that cannot answer is part of the status, not a failure of it.</summary>
    private async Task<ShardStatus> StatusOf(string databaseId, int shard)
    {
        try
        {
            return await ShardCalls.Grain(grains, databaseId, shard).GetStatus();
        }
        catch (Exception problem)
        {
            var refusal = ShardCalls.Translate(problem, shard);
            return new ShardStatus { Shard = shard, Error = $"{refusal.Code}: {refusal.Message}" };
        }
    }
}
