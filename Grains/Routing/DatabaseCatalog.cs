using JadeVector.Engine.Determinism;
using JadeVector.Grains.Databases;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Routing;

/// <summary>The databases of the cluster over the catalog and database grains.</summary>
public sealed class DatabaseCatalog(IGrainFactory grains, ShardRouter router, DatabaseCache cache, TimeProvider clock, IdSource idSource) : IDatabaseCatalog
{
    private static readonly TimeSpan StatusPatience = TimeSpan.FromSeconds(5);

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
    public async Task<DatabasePage> ListAsync(string? afterId, int offset, int limit, CancellationToken cancellation)
    {
        var partitions = await ControlCalls.Run(
            Task.WhenAll(Enumerable.Range(0, CatalogPartitions.Count).Select(partition => grains.GetGrain<ICatalogGrain>(partition).List())), cancellation);
        var all = partitions.SelectMany(ids => ids).Order(StringComparer.Ordinal).ToArray();
        var rest = all.Where(id => afterId is null || string.CompareOrdinal(id, afterId) > 0).Skip(offset).ToArray();
        var described = new List<DatabaseDescription>();
        var unavailable = new List<UnavailableDatabase>();
        var asked = 0;
        while (asked < rest.Length && described.Count + unavailable.Count < limit)
        {
            var group = rest[asked..Math.Min(rest.Length, asked + limit - described.Count - unavailable.Count)];
            foreach (var (description, problem) in await Task.WhenAll(group.Select(id => DescribeAsync(id, cancellation))))
            {
                if (description is not null)
                    described.Add(description);
                else if (problem is not null)
                    unavailable.Add(problem);
            }

            asked += group.Length;
        }

        return new DatabasePage(described, all.Length, asked < rest.Length ? rest[asked - 1] : null, unavailable);
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
        DatabaseCache.CheckId(databaseId); // not from the cache: one that is still being made can be deleted too
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
        var shards = await Task.WhenAll(description.ShardMap.Ranges.Select(range => StatusOf(description, range.Shard, cancellation)));
        return new DatabaseStatus { Description = description, Shards = shards };
    }

    /// <returns>Nothing of a database that has been deleted meanwhile.</returns>
    private async Task<(DatabaseDescription? Description, UnavailableDatabase? Problem)> DescribeAsync(string id, CancellationToken cancellation)
    {
        try
        {
            return (await ControlCalls.Run(grains.GetGrain<IDatabaseGrain>(id).Get(), cancellation), null);
        }
        catch (JadeException refusal)
        {
            return (null, new UnavailableDatabase(id, refusal.Code, refusal.Message));
        }
    }

    /// <summary>A copy that cannot answer is part of the status, not a failure of it.</summary>
    private async Task<ShardStatus> StatusOf(DatabaseDescription database, int shard, CancellationToken cancellation)
    {
        var wanted = Enumerable.Range(1, database.Settings.ReplicationFactor - 1);
        var replicas = Task.WhenAll(wanted.Select(replica => StatusOf(database, shard, replica, cancellation)));
        var owner = await Ask(
            () => router.Owner(database.Id, shard).GetStatus(),
            shard,
            refusal => new ShardStatus { Shard = shard, Error = $"{refusal.Code}: {refusal.Message}" },
            cancellation);
        return owner with { Replicas = [.. (await replicas).Select(replica => owner.Error is null ? BehindOwner(replica, owner.Sequence) : replica)] };
    }

    private Task<ReplicaStatus> StatusOf(DatabaseDescription database, int shard, int replica, CancellationToken cancellation) =>
        router.Replica(new CopyId(database.Id, shard, replica)) is { } copy
            ? Ask(
                copy.GetStatus,
                shard,
                refusal => new ReplicaStatus { Replica = replica, State = ReplicaState.Failed, Error = $"{refusal.Code}: {refusal.Message}" },
                cancellation)
            : Task.FromResult(new ReplicaStatus { Replica = replica, State = ReplicaState.Unplaced });

    /// <summary>The two were asked side by side, so a copy may have seen a write that the owner had not yet counted.</summary>
    private static ReplicaStatus BehindOwner(ReplicaStatus replica, ulong sequence) => replica.State is ReplicaState.Active or ReplicaState.Lagging
        ? replica with { LagSequences = sequence > replica.Sequence ? sequence - replica.Sequence : 0 }
        : replica;

    private async Task<T> Ask<T>(Func<Task<T>> ask, int shard, Func<JadeException, T> failed, CancellationToken cancellation)
    {
        try
        {
            return await ask().WaitAsync(StatusPatience, clock, cancellation);
        }
        catch (Exception problem) when (!cancellation.IsCancellationRequested)
        {
            return failed(ShardProblems.Read.Translate(problem, shard));
        }
    }
}
