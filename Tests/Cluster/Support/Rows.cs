using System.Runtime.InteropServices;
using JadeVector.Grains.Interfaces;

namespace JadeVector.Tests.Cluster.Support;

/// <summary>Vectors that are told apart by their number, and what a test does with them through a client.</summary>
internal static class Rows
{
    private const int Dimension = 4;

    public static async Task<string> CreateDatabaseAsync(this SiloCluster cluster, int shards)
    {
        var settings = new DatabaseSettings { Name = $"d{Guid.NewGuid():N}", Dimension = Dimension, Metric = SimilarityMetric.Euclidean, ShardCount = shards };
        return (await cluster.Databases.CreateAsync(settings, CancellationToken.None)).Id;
    }

    /// <summary>Writes rows <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> - 1; every one must be acknowledged.</summary>
    public static async Task WriteAsync(this SiloCluster cluster, string database, int first, int count, string? requestId = null)
    {
        VectorWrite[] items = [.. Enumerable.Range(first, count).Select(row => new VectorWrite { Kind = WriteKind.Upsert, Id = $"r{row}", Values = ValuesOf(row) })];
        var reply = await cluster.Vectors.WriteAsync(database, items, new WriteOptions { RequestId = requestId, Deadline = In(30) }, CancellationToken.None);
        var failed = reply.Items.FirstOrDefault(item => item.Status == WriteStatus.Failed);
        if (failed is not null)
            throw new JadeException(failed.ErrorCode!, failed.ErrorDetail!);
    }

    /// <summary>Which of the rows are missing or hold other values than their own.</summary>
    public static async Task<int[]> WrongAsync(this SiloCluster cluster, string database, int count)
    {
        string[] ids = [.. Enumerable.Range(0, count).Select(row => $"r{row}")];
        var found = await cluster.Vectors.GetAsync(database, ids, new ReadOptions { Deadline = In(30) }, CancellationToken.None);
        return [.. Enumerable.Range(0, count).Where(row => found[row] is not { Values: { } values } || !values.AsSpan().SequenceEqual(ValuesOf(row)))];
    }

    /// <summary>The nearest rows to one, that one first.</summary>
    public static async Task<IReadOnlyList<string>> NearestAsync(this SiloCluster cluster, string database, int row, int count)
    {
        var query = new SearchQuery { Query = ValuesOf(row), TopK = count, Exact = true, Read = new ReadOptions { Deadline = In(30) } };
        return [.. (await cluster.Planner.SearchAsync(database, query, CancellationToken.None)).Hits.Select(hit => hit.Id)];
    }

    /// <summary>Node name of each shard.</summary>
    public static async Task<string?[]> HostsAsync(this SiloCluster cluster, string database) =>
        [.. (await cluster.Databases.GetStatusAsync(database, CancellationToken.None)).Shards.OrderBy(shard => shard.Shard).Select(shard => shard.Node)];

    public static byte[] ValuesOf(int row)
    {
        float[] values = [row, row % 7, row % 11, 1];
        return MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
    }

    public static DateTimeOffset In(int seconds) => DateTimeOffset.UtcNow.AddSeconds(seconds);
}
