using JadeVector.Engine.Blobs;
using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Logs;

/// <summary>
/// Makes fresh logs. Each of the two calls that it takes is sent once for a name: when one is not answered the name is given up
/// (what may come of it is garbage). So nothing that is still under way can ever bring a deleted log back to life.
/// </summary>
internal static class LogCreation
{
    /// <returns>The log with its header, ready for its first frame.</returns>
    /// <exception cref="RefusalException"><c>storage_unavailable</c>: not before the deadline.</exception>
    public static async Task<LogPosition> CreateAsync(
        StoreCalls store, ShardAddress address, ulong epoch, ulong writerNonce, ulong firstSequence, DateTimeOffset deadline, CancellationToken cancellation)
    {
        var backoff = new Backoff(store, deadline);
        while (true)
        {
            var name = LogNames.Create(epoch, store.Ids.NewGuid());
            var log = new LogIdentity(name, address.LogBlob(name));
            try
            {
                return await CreateOnceAsync(store, log, new LogHeader(address.Shard, epoch, firstSequence, writerNonce), deadline, cancellation);
            }
            catch (BlobStoreException problem)
            {
                if (problem.IsFull || !await backoff.PauseAsync(cancellation))
                {
                    throw StoreCalls.Unavailable(problem);
                }
            }
        }
    }

    private static async Task<LogPosition> CreateOnceAsync(
        StoreCalls store, LogIdentity log, LogHeader header, DateTimeOffset deadline, CancellationToken cancellation)
    {
        if (!await store.OnceAsync(token => store.Blobs.CreateAppendAsync(log.Blob, token), deadline, cancellation))
        {
            throw new BlobStoreException($"A log named '{log.Blob}' exists already.");
        }

        var bytes = new byte[LogHeader.SizeBytes];
        var chain = header.Write(bytes, log);
        var appended = await store.OnceAsync(token => store.Blobs.AppendAsync(log.Blob, bytes, 0, token), deadline, cancellation);
        return appended.Status == AppendStatus.Appended
            ? new LogPosition(log, header, LogHeader.SizeBytes, chain, header.FirstSequence, 1)
            : throw new BlobStoreException($"The fresh log '{log.Blob}' took no header: {appended.Status}.");
    }
}
