using JadeVector.Engine.Manifests;

namespace JadeVector.Engine.Shards;

public sealed partial class Shard
{
    /// <summary>Keeps the state of now, with every write that is acknowledged: takes the time of one roll-over and one swap, whatever the size. Takes ownership.</summary>
    /// <param name="id">A state of that id that is kept already stays as it is, and is the answer.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="RefusalException">
    /// <c>limit_exceeded</c>; <c>fenced</c>, <c>gone</c>, <c>loading</c>, <c>shard_damaged</c>; <c>storage_unavailable</c>: it may yet be kept: ask again.
    /// </exception>
    public Task<ShardPin> PinAsync(string id, CancellationToken cancellation) => OwnAsync(
        async deadline =>
        {
            await RollAsync(deadline, cancellation);
            return await _log.PinAsync(id, deadline, cancellation);
        },
        cancellation);

    /// <summary>Lets a state go; what only it named is deleted. Repeating it is harmless. Takes ownership.</summary>
    /// <exception cref="RefusalException"><c>fenced</c>, <c>gone</c>, <c>loading</c>, <c>shard_damaged</c>, <c>storage_unavailable</c>: ask again.</exception>
    public Task UnpinAsync(string id, CancellationToken cancellation) => OwnAsync(
        async deadline =>
        {
            await _log.UnpinAsync(id, deadline, cancellation);
            return true;
        },
        cancellation);

    /// <summary>Runs a short step with the writer's turn in hand, as the owner.</summary>
    private async Task<T> OwnAsync<T>(Func<DateTimeOffset, Task<T>> step, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token, cancellation);
        try
        {
            await _writer.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw Closed();
        }

        try
        {
            ThrowIfUnusable();
            var deadline = CheckpointDeadline();
            await AcquireAsync(deadline);
            return await step(deadline);
        }
        catch (Exception problem) when (problem is Blobs.BlobDamagedException or Blobs.BlobStoreException or InvalidDataException)
        {
            throw Refusal(Address, problem);
        }
        finally
        {
            _writer.Release();
        }
    }
}
