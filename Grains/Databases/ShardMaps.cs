using System.Text;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Hashing;
using JadeVector.Engine.Manifests;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Databases;

/// <summary>Shard maps as the control plane makes them and callers read them.</summary>
internal static class ShardMaps
{
    public static ShardMap Create(int shardCount)
    {
        var width = (UInt128.One << 64) / (UInt128)shardCount;
        var ranges = new ShardRange[shardCount];
        for (var shard = 0; shard < shardCount; shard++)
        {
            var first = (ulong)(width * (UInt128)shard);
            var last = shard == shardCount - 1 ? ulong.MaxValue : (ulong)((width * (UInt128)(shard + 1)) - 1);
            ranges[shard] = new ShardRange(first, last, shard);
        }

        return new ShardMap { Version = 1, Ranges = ranges };
    }

    /// <summary>What the manifest of a new shard says.</summary>
    public static ShardBirth Birth(DatabaseDescription description, ShardRange range)
    {
        var settings = description.Settings;
        var config = new ShardConfig(
            settings.Dimension, MetricOf(settings.Metric), IndexOf(settings.Index), settings.M, settings.EfConstruction, settings.EfSearch);
        return new ShardBirth(range.First, range.Last, description.ShardMap.Version, config);
    }

    /// <summary>The shard that owns an id.</summary>
    public static int ShardOf(ShardMap map, string id)
    {
        Span<byte> bytes = stackalloc byte[1024];
        var hash = Encoding.UTF8.TryGetBytes(id, bytes, out var written)
            ? XxHash64.Compute(bytes[..written])
            : XxHash64.Compute(Encoding.UTF8.GetBytes(id));
        int low = 0, high = map.Ranges.Count - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (map.Ranges[middle].First <= hash)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return map.Ranges[low].Shard;
    }

    private static Metric MetricOf(SimilarityMetric metric) => metric switch
    {
        SimilarityMetric.Cosine => Metric.Cosine,
        SimilarityMetric.Euclidean => Metric.Euclidean,
        SimilarityMetric.Dot => Metric.Dot,
        _ => throw new JadeException("invalid_argument", $"There is no metric {metric}."),
    };

    private static ShardIndexKind IndexOf(IndexKind kind) => kind switch
    {
        IndexKind.Hnsw => ShardIndexKind.Hnsw,
        IndexKind.Flat => ShardIndexKind.Flat,
        _ => throw new JadeException("invalid_argument", $"There is no index kind {kind}."),
    };
}
