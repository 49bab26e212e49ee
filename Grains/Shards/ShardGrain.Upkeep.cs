using JadeVector.Engine.Shards;
using JadeVector.Engine.Snapshots;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Shards;

/// <summary>Kept states and upkeep. What may take long goes on in the activation, and the caller asks again.</summary>
public sealed partial class ShardGrain : IShardUpkeepGrain
{
    /// <summary>How long a call stays before it answers that the work goes on.</summary>
    private static readonly TimeSpan Stay = TimeSpan.FromSeconds(2);

    private Task? _making;
    private Task? _compacting;

    /// <inheritdoc/>
    public Task<ulong> Pin(string id) => _copy.Serve(DateTimeOffset.MaxValue, async (shard, cancellation) => (await shard.PinAsync(id, cancellation)).LastSequence);

    /// <inheritdoc/>
    public Task Unpin(string id) => _copy.Serve(DateTimeOffset.MaxValue, async (shard, cancellation) =>
    {
        await shard.UnpinAsync(id, cancellation);
        return true;
    });

    /// <inheritdoc/>
    public Task<bool> Compact() => _copy.Serve(DateTimeOffset.MaxValue, async (shard, _) =>
    {
        var compacting = _compacting ??= shard.CompactAsync(CancellationToken.None);
        if (!await EndsSoon(compacting, Stay))
        {
            return false;
        }

        _compacting = null;
        await compacting;
        return true;
    });

    /// <inheritdoc/>
    public async Task<bool> MakeFrom(ShardOrigin origin)
    {
        var from = new ShardAddress(origin.DatabaseId, _address.Shard);
        var making = _making ??= ShardRestore.RestoreAsync(
            context, from, origin.PinId, _address, origin.Share, origin.At?.ToUnixTimeMilliseconds(), CancellationToken.None);
        try
        {
            if (!await EndsSoon(making, Stay))
            {
                return false;
            }

            _making = null;
            await making;
        }
        catch (Exception problem) when (Refusals.From(problem, _address.Shard) is { } refusal)
        {
            throw refusal;
        }

        DeactivateOnIdle(); // this activation has found no shard: the next one finds it
        return true;
    }

    private async Task<bool> EndsSoon(Task work, TimeSpan patience)
    {
        using var ended = new CancellationTokenSource();
        await Task.WhenAny(work, Task.Delay(patience, context.Clock, ended.Token));
        StopWaiting(ended);
        return work.IsCompleted;
    }

    /// <summary>At once and here: nothing but the wait hangs on it.</summary>
    private static void StopWaiting(CancellationTokenSource wait) => wait.Cancel();
}
