using JadeVector.Engine.Determinism;
using JadeVector.Engine.Shards;
using JadeVector.Grains.Cluster;
using JadeVector.Grains.Interfaces;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;

namespace JadeVector.Grains.Shards;

/// <summary>The address of one read copy of a shard: opens the plain <see cref="ShardFollower"/>, adapts calls to it, lets it go.</summary>
[Reentrant]
[Immovable]
[ShardPlacement]
[GrainType("shard-replica")]
public sealed class ShardReplicaGrain(
    EngineContext context, ShardOptions options, FollowerOptions pace, NodeIdentity node, LocalCopies local, ICopyMover mover,
    ILogger<ShardReplicaGrain> logger) : Grain, IShardReplicaGrain
{
    private CopyId _id;
    private ShardCopy<ShardFollower> _copy = null!; // set by OnActivateAsync before the first call

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _id = CopyId.Parse(this.GetPrimaryKeyString());
        var address = ShardAddress.Parse(_id.Owner.ToString());
        var opening = ShardFollower.OpenAsync(context, address, options, pace, CancellationToken.None);
        _copy = new ShardCopy<ShardFollower>(context, address, _id.Replica, node.Name, opening, ShardCopyEnd.Of(GrainContext));
        _ = ShardCopyLog.WatchAsync(logger, _id, opening, context.Clock);
        local.Add(_id, _copy);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        local.Remove(_id);
        ShardCopyLog.LogClosed(logger, _id, reason.Description);
        return _copy.CloseAsync();
    }

    /// <inheritdoc/>
    public Task<ShardSearchReply> Search(ShardSearch search) => _copy.Search(search);

    /// <inheritdoc/>
    public Task<IReadOnlyList<VectorRecord?>> Get(IReadOnlyList<string> ids, ShardRead read) => _copy.Get(ids, read);

    /// <inheritdoc/>
    public Task<ShardPage> List(ulong? afterCursor, long skip, int limit, ShardRead read) => _copy.List(afterCursor, skip, limit, read);

    /// <inheritdoc/>
    public Task<ReplicaStatus> GetStatus() => _copy.IsOpening
        ? Task.FromResult(new ReplicaStatus { Replica = _id.Replica, State = ReplicaState.Loading, Node = node.Name })
        : _copy.Serve(DateTimeOffset.MaxValue, (follower, _) => Task.FromResult(ShardRecords.ToStatus(follower, pace, _id.Replica, node.Name)));

    /// <inheritdoc/>
    public Task Move(string? address)
    {
        mover.Move(GrainContext, address);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Close()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}
