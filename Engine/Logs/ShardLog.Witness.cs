using JadeVector.Engine.Blobs;
using JadeVector.Engine.Shards;
using JadeVector.Engine.Witnesses;

namespace JadeVector.Engine.Logs;

/// <summary>What the store shows is held against what this node has seen of it before. Why: Witnesses/StoreWitness.cs, ADR 0028.</summary>
internal sealed partial class ShardLog
{
    private readonly ShardSighting _seen; // before the manifest was read: all of that is in what is read after it

    /// <summary>The store no longer has what it had acknowledged.</summary>
    public static RefusalException RolledBack(ShardAddress address, string what) =>
        new(RefusalCodes.StoreRolledBack, $"The store of shard {address} has lost what it had acknowledged: {what}. It is refused until the loss is accepted ('jade verify --repair --accept-loss').");

    /// <summary>With the logs read to their end: compares, and remembers.</summary>
    /// <exception cref="RefusalException"><c>store_rolled_back</c>.</exception>
    private void Witness()
    {
        if (_isUnborn)
        {
            return;
        }

        var last = _cursor.LastSequence;
        if (last < _seen.Sequence)
        {
            throw RolledBack(Address, $"its last sequence number is {last}, and {_seen.Sequence} was seen before");
        }

        var logs = _cursor.Tail is { } tail ? _cursor.Passed.Append(tail.Position.Sealed) : _cursor.Passed;
        if (logs.FirstOrDefault(log => log.Name == _seen.Log) is { } shorter && shorter.LengthBytes < _seen.LogBytes)
        {
            throw RolledBack(Address, $"log '{shorter.Name}' ends after {shorter.LengthBytes} bytes, and {_seen.LogBytes} were seen before");
        }

        if (_cursor.Tail is { } end)
        {
            SawLog(_store, Address, end.Position);
        }
    }

    internal static void SawLog(StoreCalls store, ShardAddress address, LogPosition end) =>
        store.Witness.Saw(address, ShardSighting.None with { Sequence = end.NextSequence - 1, Log = end.Log.Name, LogBytes = end.Offset });

    /// <summary>A log that is not whole: because it was seen longer than it is, and the manifest still needs what is missing, or for another reason.</summary>
    private async Task<Exception> ExplainAsync(BlobDamagedException damage, DateTimeOffset deadline, CancellationToken cancellation)
    {
        if (_seen.Log.Length == 0 || damage.Blob != Address.LogBlob(_seen.Log))
        {
            return damage;
        }

        var length = await _store.RetryAsync(token => _store.Blobs.GetLengthAsync(damage.Blob, token), deadline, cancellation);
        return (length ?? 0) < _seen.LogBytes ? RolledBack(Address, $"log '{_seen.Log}' has {length ?? 0} bytes, and {_seen.LogBytes} were seen before") : damage;
    }
}
