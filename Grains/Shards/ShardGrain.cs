using JadeVector.Engine;
using JadeVector.Engine.Damage;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;
using JadeVector.Grains.Cluster;
using JadeVector.Grains.Interfaces;
using Microsoft.Extensions.Logging;
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
public sealed partial class ShardGrain(EngineContext context, ShardOptions options, NodeIdentity node, LocalCopies local, ICopyMover mover, ILogger<ShardGrain> logger)
    : Grain, IShardGrain
{
    private ShardAddress _address;
    private ShardCopy<Shard> _copy = null!; // set by OnActivateAsync before the first call
    private Task? _repairing; // after damage was found in the open shard

    private CopyId Copy => new(_address.DatabaseId, _address.Shard, Replica: 0);

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _address = ShardAddress.Parse(this.GetPrimaryKeyString());
        var opening = ShardRepair.OpenAsync(context, _address, options, CancellationToken.None, this);
        _copy = new ShardCopy<Shard>(context, _address, replica: 0, node.Name, opening, ShardCopyEnd.Of(GrainContext), OnDamage);
        _ = ShardCopyLog.WatchAsync(logger, Copy, opening, context.Clock);
        local.Add(Copy, _copy);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        local.Remove(Copy);
        ShardCopyLog.LogClosed(logger, Copy, reason.Description);
        return _copy.CloseAsync();
    }

    /// <inheritdoc/>
    public Task<ShardWriteReply> Write(ShardWrite write) => _copy.Serve(write.Deadline, async (shard, cancellation) =>
    {
        ShardCopy<Shard>.CheckMap(shard, write.MapVersion);
        if (local.IsFull && write.Items.Any(item => item.Kind != WriteKind.Delete))
        {
            throw new RefusalException(RefusalCodes.Overloaded, "The node has no memory for more vectors until it has stored or let go of some; nothing was written, ask again later.");
        }

        return ShardRecords.ToReply(await shard.WriteAsync(ShardRecords.ToBatch(write), cancellation));
    });

    /// <inheritdoc/>
    public Task<ShardSearchReply> Search(ShardSearch search) => _copy.Search(search);

    /// <inheritdoc/>
    public Task<IReadOnlyList<VectorRecord?>> Get(IReadOnlyList<string> ids, ShardRead read) => _copy.Get(ids, read);

    /// <inheritdoc/>
    public Task<ShardPage> List(ulong? afterCursor, long skip, int limit, ShardRead read) => _copy.List(afterCursor, skip, limit, read);

    /// <inheritdoc/>
    public Task<ShardStatus> GetStatus() => _copy.Serve(DateTimeOffset.MaxValue, (shard, _) =>
        Task.FromResult(ShardRecords.ToStatus(shard.Stats, _address.Shard, node.Name)));

    /// <inheritdoc/>
    public Task Checkpoint() => _copy.Serve(DateTimeOffset.MaxValue, async (shard, cancellation) =>
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

    private void OnDamage() => _repairing ??= Repair();

    /// <summary>Damage that nobody had touched when the shard was opened: mended where nothing is lost, and otherwise refused where it is touched.</summary>
    private async Task Repair()
    {
        try
        {
            if ((await ShardRepair.RepairAsync(context, _address, options, acceptLoss: false, CancellationToken.None)).Any(f => f.IsDamage))
            {
                DeactivateOnIdle(); // the repair has taken the shard over: the next activation opens what it left
            }
        }
        catch (Exception problem) when (Refusals.From(problem, _address.Shard) is not null)
        {
            _repairing = null; // who touches the damage next tries again
        }
    }
}
