using JadeVector.Engine;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;
using JadeVector.Grains.Cluster;
using JadeVector.Grains.Interfaces;
using Orleans.Concurrency;
using Orleans.Placement;

namespace JadeVector.Grains.Shards;

/// <summary>
/// One shard's address in the cluster: opens the plain <see cref="Shard"/>, adapts calls to it, lets it go. Opening goes on in
/// the background of the activation; calls wait for it within their deadline. A shard that was fenced, or could not be opened,
/// ends the activation, so that the next call starts from what storage says.
/// </summary>
[Reentrant]
[Immovable]
[ShardPlacement]
[GrainType("shard")]
public sealed class ShardGrain(EngineContext context, ShardOptions options, NodeIdentity node, LocalCopies local, ICopyMover mover) : Grain, IShardGrain
{
    private ShardAddress _address;
    private Task<Shard> _opening = null!; // set by OnActivateAsync before the first call
    private Shard? _shard; // set by the first call that finds it open

    private CopyId Copy => new(_address.DatabaseId, _address.Shard, Replica: 0);

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _address = ShardAddress.Parse(this.GetPrimaryKeyString());
        _opening = Shard.OpenAsync(context, _address, options, CancellationToken.None);
        local.Add(Copy, () => _opening.IsCompletedSuccessfully ? _opening.Result.MemoryBytes : 0);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        local.Remove(Copy);
        await ((Task)_opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (_opening.IsCompletedSuccessfully)
        {
            await (await _opening).DisposeAsync();
        }
    }

    /// <inheritdoc/>
    public Task<ShardWriteReply> Write(ShardWrite write) => Serve(write.Deadline, async (shard, cancellation) =>
    {
        CheckMap(shard, write.MapVersion);
        return ShardRecords.ToReply(await shard.WriteAsync(ShardRecords.ToBatch(write), cancellation));
    });

    /// <inheritdoc/>
    public Task<ShardSearchReply> Search(ShardSearch search) => Serve(search.Read.Deadline, async (shard, cancellation) =>
    {
        await MakeReadable(shard, search.Read, cancellation);
        var query = ShardRecords.ToQuery(search);
        var outcome = await context.Work.RunAsync(WorkKind.Search, () => shard.Search(query, cancellation), cancellation);
        return ShardRecords.ToReply(outcome, _address.Shard);
    });

    /// <inheritdoc/>
    public Task<IReadOnlyList<VectorRecord?>> Get(IReadOnlyList<string> ids, ShardRead read) => Serve(read.Deadline, async (shard, cancellation) =>
    {
        await MakeReadable(shard, read, cancellation);
        return ShardRecords.ToRecords(shard.Get(ShardRecords.ToIds(ids), read.IncludeValues, read.IncludeMetadata));
    });

    /// <inheritdoc/>
    public Task<ShardPage> List(ulong? afterCursor, long skip, int limit, ShardRead read) => Serve(read.Deadline, async (shard, cancellation) =>
    {
        await MakeReadable(shard, read, cancellation);
        return ShardRecords.ToPage(shard.List(afterCursor, skip, limit, read.IncludeValues, read.IncludeMetadata));
    });

    /// <inheritdoc/>
    public Task<ShardStatus> GetStatus() => Serve(DateTimeOffset.MaxValue, (shard, _) =>
        Task.FromResult(ShardRecords.ToStatus(shard.Stats, _address.Shard, node.Name)));

    /// <inheritdoc/>
    public Task Checkpoint() => Serve(DateTimeOffset.MaxValue, async (shard, cancellation) =>
    {
        await shard.CheckpointAsync(cancellation);
        return true;
    });

    /// <inheritdoc/>
    public Task Move(string? address)
    {
        mover.Move(GrainContext, address);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task Delete()
    {
        try
        {
            await ShardManifests.MarkDeletingAsync(context, _address, CancellationToken.None);
            await ShardManifests.RemoveAsync(context, _address, CancellationToken.None);
        }
        catch (Exception problem) when (Refusals.From(problem, _address.Shard) is { } refusal)
        {
            throw refusal;
        }
        finally
        {
            DeactivateOnIdle();
        }
    }

    private static Task MakeReadable(Shard shard, ShardRead read, CancellationToken cancellation)
    {
        CheckMap(shard, read.MapVersion);
        return shard.EnsureReadableAsync(ShardRecords.ToGuarantee(read.Consistency), read.MinSequence, read.Deadline, cancellation);
    }

    private static void CheckMap(Shard shard, long mapVersion)
    {
        if (mapVersion < shard.MapVersion)
        {
            throw new RefusalException(RefusalCodes.StaleMap, $"The shard map is at version {shard.MapVersion}; the caller used {mapVersion}.");
        }
    }

    /// <summary>Runs a call on the opened shard, bounded by its deadline; what the engine throws becomes a refusal.</summary>
    private async Task<T> Serve<T>(DateTimeOffset deadline, Func<Shard, CancellationToken, Task<T>> call)
    {
        using var late = LateSignal(deadline);
        try
        {
            return await call(await Opened(late.Token), late.Token);
        }
        catch (Exception problem) when (Refusals.From(problem, _address.Shard) is { } refusal)
        {
            if (_opening.IsFaulted || refusal.Code == RefusalCodes.Gone || _shard is { MustReopen: true })
            {
                DeactivateOnIdle();
            }

            throw refusal;
        }
    }

    private async Task<Shard> Opened(CancellationToken late)
    {
        try
        {
            return _shard ??= await _opening.WaitAsync(late);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested && !_opening.IsCompleted)
        {
            throw new RefusalException(RefusalCodes.Loading, $"Shard {_address} is being loaded.");
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
