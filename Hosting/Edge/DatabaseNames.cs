using JadeVector.Grains.Interfaces;

namespace JadeVector.Hosting.Edge;

/// <summary>The words of the public API for what databases have.</summary>
internal static class DatabaseNames
{
    public static string Of(SimilarityMetric metric) => metric switch
    {
        SimilarityMetric.Euclidean => "euclidean",
        SimilarityMetric.Dot => "dot",
        _ => "cosine",
    };

    public static string Of(Quantization quantization) => quantization switch
    {
        Quantization.Int8 => "int8",
        Quantization.OneBit => "1bit",
        Quantization.Product => "pq",
        _ => "none",
    };

    public static string Of(IndexKind kind) => kind switch
    {
        IndexKind.Flat => "FLAT",
        IndexKind.Ivf => "IVF",
        IndexKind.Lsh => "LSH",
        _ => "HNSW",
    };

    public static string Of(DatabaseState state) => state switch
    {
        DatabaseState.Creating => "creating",
        DatabaseState.Deleting => "deleting",
        _ => "active",
    };

    /// <summary><c>healthy</c>; <c>warning</c> when some shards do not serve, <c>critical</c> when none does.</summary>
    public static string HealthOf(DatabaseStatus status)
    {
        var failed = status.Shards.Count(shard => shard.Error is not null);
        return failed == 0 ? "healthy" : failed < status.Shards.Count ? "warning" : "critical";
    }
}
