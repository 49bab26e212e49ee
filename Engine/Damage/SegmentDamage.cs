using JadeVector.Engine.Blobs;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Segments;
using JadeVector.Engine.Shards;

namespace JadeVector.Engine.Damage;

/// <summary>A damaged segment of a shard: what is wrong, what is left, and which of its vectors are gone.</summary>
internal sealed class SegmentDamage : IDisposable
{
    private readonly HashSet<int> _deleted;

    private SegmentDamage(SegmentEntry entry, string blob, SegmentRescue rescue, IEnumerable<string> what, HashSet<int> deleted)
    {
        Entry = entry;
        Blob = blob;
        Rescue = rescue;
        What = [.. what];
        _deleted = deleted;
        LostRows = [.. Enumerable.Range(0, rescue.RowCount).Where(r => IsLive(r) && !rescue.IsIntact(r))];
    }

    public SegmentEntry Entry { get; }

    public string Blob { get; }

    public SegmentRescue Rescue { get; }

    public IReadOnlyList<string> What { get; }

    /// <summary>Live rows that are not intact.</summary>
    public IReadOnlyList<int> LostRows { get; }

    /// <summary>Whether a row counts: it was not deleted up to the covered sequence number.</summary>
    public bool IsLive(int row) => !_deleted.Contains(row);

    /// <summary>The version of a row; 0 when even that is unreadable.</summary>
    public ulong VersionOf(int row) => Rescue.IsVersionGood(row) ? Rescue.Version(row) : 0;

    /// <returns>Null when the segment is as it was written.</returns>
    /// <exception cref="BlobDamagedException">Nothing of it can be read, or not which of its rows are deleted.</exception>
    public static async Task<SegmentDamage?> FindAsync(EngineContext context, ShardAddress address, ShardConfig config, SegmentEntry entry, CancellationToken cancellation)
    {
        var blob = ShardBlobs.RowsOf(address, entry);
        var rescue = await SegmentRescue.OpenAsync(context, blob, cancellation);
        try
        {
            IEnumerable<string> what = rescue.Damage.Count > 0 ? rescue.Damage : await ContradictionsAsync(context, config, entry.Name, blob, cancellation);
            var deleted = what.Any() ? await DeletedAsync(context, address, entry, cancellation) : [];
            if (!what.Any())
            {
                rescue.Dispose();
                return null;
            }

            return new SegmentDamage(entry, blob, rescue, what, deleted);
        }
        catch
        {
            rescue.Dispose();
            throw;
        }
    }

    public void Dispose() => Rescue.Dispose();

    /// <summary>What a reader refuses although every checksum holds.</summary>
    private static async Task<IReadOnlyList<string>> ContradictionsAsync(EngineContext context, ShardConfig config, string name, string blob, CancellationToken cancellation)
    {
        try
        {
            var part = new SegmentPart(await SegmentFile.OpenAsync(context, blob, cancellation), config, name, blob);
            part.Retain();
            part.Release();
            return [];
        }
        catch (BlobDamagedException damage)
        {
            return [damage.What];
        }
    }

    private static async Task<HashSet<int>> DeletedAsync(EngineContext context, ShardAddress address, SegmentEntry entry, CancellationToken cancellation)
    {
        if (entry.DeletesBlob is not { } blob)
            return [];
        var content = await CheckedBlob.ReadAsync(context.Blobs, address.Blob(blob), CheckedBlob.DeletesMagic.ToArray(), cancellation);
        return DeletedRows.RowsIn(content.Span);
    }
}
