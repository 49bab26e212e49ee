using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Logs;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Damage;

/// <summary>A row as it was written.</summary>
internal sealed record RowCopy(byte[] Values, byte[] Heap, RowPlace Place);

/// <summary>
/// Copies of rows that a damaged segment has lost, by version: in logs that still exist, and in other segments (those that a snapshot pins, and
/// those that wait to be collected). A version is written once in the life of a shard, so a row of that version is that row.
/// </summary>
internal sealed class RowCopies
{
    private readonly Dictionary<ulong, RowCopy> _found = [];

    private readonly List<string> _unread = [];

    /// <summary>Blobs that the store did not give: what has no copy elsewhere may have one in them.</summary>
    public IReadOnlyList<string> Unread => _unread;

    public bool Contains(ulong version) => _found.ContainsKey(version);

    public RowCopy? Find(ulong version) => _found.GetValueOrDefault(version);

    public static async Task<RowCopies> FindAsync(
        EngineContext context, StoreCalls store, ShardAddress address, ShardManifest manifest, IReadOnlyList<SegmentDamage> segments, CancellationToken cancellation)
    {
        var copies = new RowCopies();
        var wanted = segments.SelectMany(s => s.LostRows.Select(s.VersionOf)).Where(v => v > 0).ToHashSet();
        if (wanted.Count == 0)
            return copies;
        var damaged = segments.Select(s => s.Blob).ToHashSet();
        foreach (var blob in await store.RetryAsync(token => store.ListAsync(address.Prefix, token), store.DefaultDeadline, cancellation))
        {
            try
            {
                if (blob.StartsWith(address.LogPrefix, StringComparison.Ordinal))
                    await copies.ReadLogAsync(store, address, blob, manifest.Config, wanted, cancellation);
                else if (blob.StartsWith(address.SegmentPrefix, StringComparison.Ordinal) && blob.EndsWith("/rows", StringComparison.Ordinal) && !damaged.Contains(blob))
                    await copies.ReadSegmentAsync(context, blob, wanted, cancellation);
            }
            catch (Exception unreadable) when (unreadable is BlobDamagedException or LogMissingException or InvalidDataException)
            {
                // What cannot be read is no copy; if it matters by itself it has a finding of its own.
            }
            catch (Exception problem) when (Unreadable.IsToldBy(problem))
            {
                copies._unread.Add(blob);
            }
        }

        return copies;
    }

    private async Task ReadLogAsync(StoreCalls store, ShardAddress address, string blob, ShardConfig config, HashSet<ulong> wanted, CancellationToken cancellation)
    {
        var reader = await LogReader.OpenAsync(store, new LogIdentity(blob[address.LogPrefix.Length..], blob), address.Shard, null, store.DefaultDeadline, cancellation);
        while (await reader.NextAsync(store.DefaultDeadline, cancellation) is { } frame)
            ReadFrame(frame, config, wanted);
    }

    private void ReadFrame(LogFrame frame, ShardConfig config, HashSet<ulong> wanted)
    {
        var items = new BatchReader(frame.Payload.Span, config.Dimension);
        var sequence = frame.FirstSequence;
        while (items.Next())
        {
            if (!BatchCodec.IsApplied(items.Status))
                continue;
            if (items.Status is not WriteItemStatus.Deleted && wanted.Contains(sequence))
                _found[sequence] = new RowCopy(items.Values.ToArray(), items.Heap.ToArray(), items.Place);
            sequence++;
        }
    }

    private async Task ReadSegmentAsync(EngineContext context, string blob, HashSet<ulong> wanted, CancellationToken cancellation)
    {
        using var rescue = await SegmentRescue.OpenAsync(context, blob, cancellation);
        for (var row = 0; row < rescue.RowCount; row++)
        {
            if (rescue.IsIntact(row) && wanted.Contains(rescue.Version(row)))
                _found[rescue.Version(row)] = new RowCopy(rescue.Values(row).ToArray(), rescue.Heap(row).ToArray(), rescue.Place(row));
        }
    }
}
