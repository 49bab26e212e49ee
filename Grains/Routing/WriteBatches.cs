using System.Globalization;
using JadeVector.Grains.Databases;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Routing;

/// <summary>The part of a write that goes to one shard in one call.</summary>
/// <param name="Ordinal">Counts the batches of a request: the same request splits the same way, so a retry meets its own request ids.</param>
/// <param name="Indexes">Where each item stands in the request.</param>
internal sealed record ShardBatch(int Shard, int Ordinal, IReadOnlyList<int> Indexes, IReadOnlyList<VectorWrite> Items)
{
    public string RequestIdFrom(string requestId) => string.Create(CultureInfo.InvariantCulture, $"{requestId}/{Ordinal}");
}

/// <summary>Splits a write by shard and so that each call, and with it each frame of a log, stays well under 4 MiB.</summary>
internal static class WriteBatches
{
    /// <summary>Payload bytes in one call; leaves room for framing.</summary>
    public const int SizeBytesMax = 3 * 1024 * 1024 + (512 * 1024);

    private const int ItemOverheadBytes = 128;

    /// <exception cref="JadeException"><c>atomic_cross_shard</c>, or <c>limit_exceeded</c> for an atomic batch or an item that does not fit into one frame.</exception>
    public static IReadOnlyList<ShardBatch> Split(IReadOnlyList<VectorWrite> items, ShardMap map, bool atomic)
    {
        var batches = new List<ShardBatch>();
        foreach (var shard in Enumerable.Range(0, items.Count).GroupBy(index => ShardMaps.ShardOf(map, items[index].Id)))
        {
            var indexes = new List<int>();
            long bytes = 0;
            foreach (var index in shard)
            {
                var size = SizeOf(items[index]);
                if (size > SizeBytesMax)
                {
                    throw new JadeException("limit_exceeded", $"Vector '{items[index].Id}' takes {size} bytes; the limit is {SizeBytesMax}.");
                }

                if (bytes + size > SizeBytesMax)
                {
                    Close(shard.Key, indexes);
                    indexes = [];
                    bytes = 0;
                }

                indexes.Add(index);
                bytes += size;
            }

            Close(shard.Key, indexes);
        }

        if (atomic && batches.Select(batch => batch.Shard).Distinct().Count() > 1)
        {
            throw new JadeException("atomic_cross_shard", "An atomic batch must stay within one shard; this one touches several. Nothing was written.");
        }

        return atomic && batches.Count > 1
            ? throw new JadeException("limit_exceeded", $"An atomic batch must fit into {SizeBytesMax} bytes. Nothing was written.")
            : batches;

        void Close(int shard, List<int> indexes) =>
            batches.Add(new ShardBatch(shard, batches.Count, indexes, [.. indexes.Select(index => items[index])]));
    }

    private static long SizeOf(VectorWrite item) =>
        ItemOverheadBytes + (3L * item.Id.Length) + (item.Values?.Length ?? 0) + (item.Metadata?.Length ?? 0) + (3L * (item.Text?.Length ?? 0));
}
