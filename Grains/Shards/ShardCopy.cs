using JadeVector.Engine;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Shards;
using JadeVector.Grains.Cluster;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Shards;

/// <summary>
/// One copy of a shard behind a grain: being opened in the background, then read. Calls wait for the opening within their deadline, and
/// what the engine throws becomes a refusal. A copy that is of no more use lets its activation go, so that the next call starts from what storage says.
/// </summary>
/// <param name="address">Of the shard.</param>
/// <param name="replica">0 for the owner's copy, else the replica's number.</param>
/// <param name="node">Where this is.</param>
/// <param name="opening">The copy, when it is open.</param>
/// <param name="letGo">Ends the activation.</param>
/// <param name="onDamage">Told when a call has met damage in the open copy.</param>
internal sealed class ShardCopy<TShard>(
    EngineContext context, ShardAddress address, int replica, string node, Task<TShard> opening, Action letGo, Action? onDamage = null) : ILocalCopy
    where TShard : class, IShardReader
{
    private long _usedAt = context.Clock.GetTimestamp();
    private TShard? _shard; // set by the first call that finds it open

    public bool IsOpening => !opening.IsCompleted;

    /// <inheritdoc/>
    public long MemoryBytes => Open?.MemoryBytes ?? 0;

    /// <inheritdoc/>
    public long NativeBytes => Open?.NativeBytes ?? 0;

    /// <inheritdoc/>
    public long UsedAt => Volatile.Read(ref _usedAt);

    /// <inheritdoc/>
    public void LetGo() => letGo();

    /// <inheritdoc/>
    public Task SaveAsync() => Open is Shard owner ? owner.CheckpointAsync(CancellationToken.None) : Task.CompletedTask;

    private TShard? Open => opening.IsCompletedSuccessfully ? opening.Result : null;

    /// <summary>Stops what is under way and frees the memory.</summary>
    public async Task CloseAsync()
    {
        await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (opening.IsCompletedSuccessfully)
        {
            await (await opening).DisposeAsync();
        }
    }

    public Task<ShardSearchReply> Search(ShardSearch search) => Serve(search.Read.Deadline, async (shard, cancellation) =>
    {
        await MakeReadable(shard, search.Read, cancellation);
        var query = ShardRecords.ToQuery(search);
        var turn = new SearchTurn(address.DatabaseId, search.Read.Deadline);
        var outcome = await context.Work.SearchAsync(turn, () => shard.Search(query, cancellation), cancellation);
        return ShardRecords.ToReply(outcome, address.Shard, replica, node);
    });

    public Task<IReadOnlyList<VectorRecord?>> Get(IReadOnlyList<string> ids, ShardRead read) => Serve(read.Deadline, async (shard, cancellation) =>
    {
        await MakeReadable(shard, read, cancellation);
        return ShardRecords.ToRecords(shard.Get(ShardRecords.ToIds(ids), read.IncludeValues, read.IncludeMetadata));
    });

    public Task<ShardPage> List(ulong? afterCursor, long skip, int limit, ShardRead read) => Serve(read.Deadline, async (shard, cancellation) =>
    {
        await MakeReadable(shard, read, cancellation);
        return ShardRecords.ToPage(shard.List(afterCursor, skip, limit, read.IncludeValues, read.IncludeMetadata));
    });

    /// <summary>Runs a call on the opened copy, bounded by its deadline; what the engine throws becomes a refusal.</summary>
    public async Task<T> Serve<T>(DateTimeOffset deadline, Func<TShard, CancellationToken, Task<T>> call)
    {
        Volatile.Write(ref _usedAt, context.Clock.GetTimestamp());
        using var late = LateSignal(deadline);
        try
        {
            return await call(await Opened(late.Token), late.Token);
        }
        catch (Exception problem)
        {
            var refusal = Refusals.From(problem, address.Shard);
            if (refusal?.Code == RefusalCodes.ShardDamaged && _shard is not null)
            {
                onDamage?.Invoke();
            }

            // An opening that failed stays failed, whatever it was: only another activation can do better.
            if (opening is { IsCompleted: true, IsCompletedSuccessfully: false } || refusal?.Code == RefusalCodes.Gone || _shard is { MustReopen: true })
            {
                letGo();
            }

            if (refusal is null)
            {
                throw;
            }

            throw refusal;
        }
    }

    /// <exception cref="RefusalException"><c>stale_map</c>.</exception>
    public static void CheckMap(TShard shard, long mapVersion)
    {
        if (mapVersion < shard.MapVersion)
        {
            throw new RefusalException(RefusalCodes.StaleMap, $"The shard map is at version {shard.MapVersion}; the caller used {mapVersion}.");
        }
    }

    private static Task MakeReadable(TShard shard, ShardRead read, CancellationToken cancellation)
    {
        CheckMap(shard, read.MapVersion);
        return shard.EnsureReadableAsync(ShardRecords.ToGuarantee(read.Consistency), read.MinSequence, read.Deadline, cancellation);
    }

    private async Task<TShard> Opened(CancellationToken late)
    {
        try
        {
            return _shard ??= await opening.WaitAsync(late);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !opening.IsCompleted)
        {
            throw new RefusalException(RefusalCodes.Loading, $"Shard {address} is being loaded.");
        }
    }

    private CancellationTokenSource LateSignal(DateTimeOffset deadline)
    {
        var left = deadline - context.Clock.GetUtcNow();
        return left > TimeSpan.FromDays(1)
            ? new CancellationTokenSource()
            : new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, context.Clock);
    }
}
