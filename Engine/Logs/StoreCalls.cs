using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Witnesses;

namespace JadeVector.Engine.Logs;

/// <summary>
/// Calls to the blob store with time-outs on the injected clock. A call that is not answered in time is abandoned: it may still
/// take effect, so nothing that was handed to it (buffers, bytes) is used again.
/// </summary>
internal sealed class StoreCalls(EngineContext context, ShardLogOptions options)
{
    public IBlobStore Blobs => context.Blobs;

    public TimeProvider Clock => context.Clock;

    public IdSource Ids => context.Ids;

    public StoreWitness Witness => context.Witness;

    public ShardLogOptions Options => options;

    /// <summary>For operations whose caller sets no deadline.</summary>
    public DateTimeOffset DefaultDeadline => context.Clock.GetUtcNow() + options.OperationTimeout;

    /// <summary>Calls once.</summary>
    /// <exception cref="BlobStoreException">No answer within the attempt's time, or the store threw it: the outcome is unknown.</exception>
    public async Task<T> OnceAsync<T>(Func<CancellationToken, Task<T>> call, DateTimeOffset deadline, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            var answer = call(attempt.Token);
            if (answer.IsCompleted)
            {
                return await answer;
            }

            var remaining = deadline - Clock.GetUtcNow();
            var patience = remaining < options.AttemptTimeout ? remaining : options.AttemptTimeout;
            return await answer.WaitAsync(patience > TimeSpan.Zero ? patience : TimeSpan.Zero, Clock, cancellation);
        }
        catch (TimeoutException late)
        {
            Abandon(attempt);
            throw new BlobStoreException("The store did not answer in time.", late);
        }
        catch (OperationCanceledException given) when (!cancellation.IsCancellationRequested)
        {
            throw new BlobStoreException("The store gave the call up.", given);
        }
    }

    /// <summary>Calls until there is an answer: for calls that may be repeated.</summary>
    /// <exception cref="RefusalException"><c>storage_unavailable</c>: none came before the deadline.</exception>
    public async Task<T> RetryAsync<T>(Func<CancellationToken, Task<T>> call, DateTimeOffset deadline, CancellationToken cancellation)
    {
        var backoff = new Backoff(this, deadline);
        while (true)
        {
            try
            {
                return await OnceAsync(call, deadline, cancellation);
            }
            catch (BlobStoreException problem)
            {
                if (problem.IsFull || !await backoff.PauseAsync(cancellation))
                {
                    throw Unavailable(problem);
                }
            }
        }
    }

    /// <summary>Reads up to that many bytes.</summary>
    /// <returns>Fewer only at the end of the blob; null when there is no such blob.</returns>
    public Task<ReadOnlyMemory<byte>?> ReadAsync(string blob, long offset, int sizeBytes, DateTimeOffset deadline, CancellationToken cancellation) =>
        RetryAsync<ReadOnlyMemory<byte>?>(
            async token =>
            {
                // Of its own: an abandoned read may still fill the last one. Not cleared: what is read is less than what was asked for, mostly.
                var buffer = GC.AllocateUninitializedArray<byte>(sizeBytes);
                var count = await Blobs.ReadAsync(blob, offset, buffer, token);

                // Spelled out: a bare null would become an empty memory, and "no such blob" would read as "at its end".
                return count is { } read ? new ReadOnlyMemory<byte>?(buffer.AsMemory(0, read)) : default(ReadOnlyMemory<byte>?);
            },
            deadline,
            cancellation);

    /// <summary>The names under a prefix.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(string prefix, CancellationToken cancellation)
    {
        var names = new List<string>();
        await foreach (var entry in Blobs.ListAsync(prefix, cancellation))
        {
            names.Add(entry.Name);
        }

        return names;
    }

    /// <summary>Deletes blobs that nothing names any more, as far as the store answers. What stays is garbage and harms nobody.</summary>
    public async Task DeleteGarbageAsync(IEnumerable<string> blobs)
    {
        try
        {
            foreach (var blob in blobs)
            {
                await OnceAsync(token => Blobs.DeleteAsync(blob, token), DefaultDeadline, CancellationToken.None);
            }
        }
        catch (BlobStoreException)
        {
            // Nothing depends on the deletion: no manifest names the blobs, and deleting the database removes whatever is left.
        }
    }

    public static RefusalException Unavailable(Exception problem) =>
        new(RefusalCodes.StorageUnavailable, $"The blob store did not answer before the deadline: {problem.Message}");

    private static void Abandon(CancellationTokenSource attempt) => attempt.Cancel();
}

/// <summary>Pauses between repetitions: doubling up to a bound, ending at the deadline.</summary>
internal sealed class Backoff(StoreCalls store, DateTimeOffset deadline)
{
    // Task.Delay counts whole milliseconds: less would be no pause at all, and the caller would spin until the deadline.
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(1);

    private TimeSpan _next = store.Options.RetryDelayFirst;

    /// <returns>False when the deadline has passed: do not repeat.</returns>
    public async Task<bool> PauseAsync(CancellationToken cancellation)
    {
        var remaining = deadline - store.Clock.GetUtcNow();
        if (remaining <= TimeSpan.Zero)
        {
            return false;
        }

        var pause = _next < remaining ? _next : remaining;
        await Task.Delay(pause > ShortestPause ? pause : ShortestPause, store.Clock, cancellation);
        _next = _next * 2 < store.Options.RetryDelayMax ? _next * 2 : store.Options.RetryDelayMax;
        return store.Clock.GetUtcNow() < deadline;
    }
}
