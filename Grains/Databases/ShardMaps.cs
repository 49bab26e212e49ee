using System.Text;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Quantization;
using JadeVector.Engine.Shards;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Databases;

/// <summary>Shard maps as the control plane makes them and callers read them.</summary>
internal static class ShardMaps
{
    public static ShardMap Create(int shardCount) => new()
    {
        Version = 1,
        Ranges = [.. ShardRanges.Split(shardCount).Select((range, shard) => new ShardRange(range.First, range.Last, shard))],
    };

    /// <summary>What the manifest of a new shard says.</summary>
    public static ShardBirth Birth(DatabaseDescription description, ShardRange range) =>
        new(range.First, range.Last, description.ShardMap.Version, ConfigOf(description.Settings));

    /// <summary>The shard that owns an id.</summary>
    public static int ShardOf(ShardMap map, string id)
    {
        Span<byte> bytes = stackalloc byte[1024];
        var hash = Encoding.UTF8.TryGetBytes(id, bytes, out var written)
            ? ShardRanges.HashOf(bytes[..written])
            : ShardRanges.HashOf(Encoding.UTF8.GetBytes(id));
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

    private static ShardConfig ConfigOf(DatabaseSettings settings)
    {
        var (dimension, metric) = (settings.Dimension, MetricOf(settings.Metric));
        return settings.Index switch
        {
            IndexKind.Hnsw => new ShardConfig(
                dimension, metric, ShardIndexKind.Hnsw, settings.M, settings.EfConstruction, settings.EfSearch, CodesOf(settings.Quantization)),
            IndexKind.Flat => new ShardConfig(
                dimension, metric, ShardIndexKind.Flat, settings.M, settings.EfConstruction, settings.EfSearch, CodesOf(settings.Quantization)),
            IndexKind.Ivf => ShardConfig.ForCells(
                dimension, metric, settings.Lists, settings.Quantization is Quantization.Product ? settings.CodeComponents : 0, settings.Probes),
            IndexKind.Lsh => ShardConfig.ForTables(dimension, metric, settings.Tables, settings.Functions, settings.Probes),
            _ => throw new JadeException("invalid_argument", $"There is no index kind {settings.Index}."),
        };
    }

    private static Metric MetricOf(SimilarityMetric metric) => metric switch
    {
        SimilarityMetric.Cosine => Metric.Cosine,
        SimilarityMetric.Euclidean => Metric.Euclidean,
        SimilarityMetric.Dot => Metric.Dot,
        _ => throw new JadeException("invalid_argument", $"There is no metric {metric}."),
    };

    private static VectorCodes CodesOf(Quantization quantization) => quantization switch
    {
        Quantization.None => VectorCodes.None,
        Quantization.Int8 => VectorCodes.Int8,
        Quantization.OneBit => VectorCodes.OneBit,
        _ => throw new JadeException("invalid_argument", $"There is no quantization {quantization}."),
    };
}
