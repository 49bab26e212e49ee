using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using JadeVector.Datasets;
using JadeVector.Engine.Blobs.Files;
using JadeVector.Engine.Blobs.Local;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Hnsw;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Quantization;
using JadeVector.Engine.Shards;

namespace JadeVector.Benchmarks.Filtering;

/// <summary>Which rows a filter keeps, seen from the query.</summary>
internal enum FilterKind
{
    /// <summary>In no relation to the query.</summary>
    Random,

    /// <summary>The nearest to the query.</summary>
    Near,

    /// <summary>The farthest from the query.</summary>
    Far,
}

/// <summary>A shard over a set, stored in a temporary folder, whose metadata lets filters keep chosen rows of every query.</summary>
/// <remarks>
/// A row has <c>r</c>, its place in a random order, and in <c>near</c> and <c>far</c> a tag for every query and share that it belongs to. So the
/// filters are ordinary ones, and their cost is measured with the search.
/// </remarks>
internal sealed class FilteredShard : IAsyncDisposable
{
    internal static readonly double[] Shares = [0.5, 0.1, 0.01, 0.001];

    private const int BatchRows = 500, Seed = 20260101;

    private readonly VectorSet _set;
    private readonly int[][] _orders;
    private readonly int[] _places;
    private readonly string _folder;
    private LocalBlobStore _store = null!;

    private FilteredShard(VectorSet set, Metric metric)
    {
        _set = set;
        _orders = new int[set.Queries.Count][];
        Parallel.For(0, _orders.Length, query => _orders[query] = NearestFirst(set, metric, query));
        _places = [.. Enumerable.Range(0, set.Rows.Count)];
        new Random(Seed).Shuffle(_places);
        _folder = Directory.CreateTempSubdirectory("jade-bench-filter-").FullName;
    }

    internal Shard Shard { get; private set; } = null!;

    internal int QueryCount => _orders.Length;

    internal int RowCount => _set.Rows.Count;

    internal static async Task<FilteredShard> CreateAsync(VectorSet set, Metric metric, CancellationToken cancellation)
    {
        var created = new FilteredShard(set, metric);
        try
        {
            await created.LoadAsync(metric, cancellation);
            return created;
        }
        catch
        {
            await created.DisposeAsync();
            throw;
        }
    }

    internal byte[] Query(int query) => MemoryMarshal.AsBytes(_set.Queries[query].AsSpan()).ToArray();

    internal byte[] Filter(FilterKind kind, int query, double share)
    {
        var count = CountOf(share);
        var first = (int)((long)query * RowCount / QueryCount % (RowCount - count + 1));
        return Encoding.UTF8.GetBytes(kind switch
        {
            FilterKind.Random => string.Create(CultureInfo.InvariantCulture, $$$"""{"r":{"$gte":{{{first}}},"$lt":{{{first + count}}}}}"""),
            FilterKind.Near => $$"""{"near":"{{Tag(query, share)}}"}""",
            _ => $$"""{"far":"{{Tag(query, share)}}"}""",
        });
    }

    /// <summary>The true nearest rows that a filter keeps, or of all, nearest first.</summary>
    internal int[] Truth(FilterKind? kind, int query, double share, int k)
    {
        var count = CountOf(share);
        var first = (int)((long)query * RowCount / QueryCount % (RowCount - count + 1));
        return kind switch
        {
            FilterKind.Random => [.. _orders[query].Where(row => _places[row] >= first && _places[row] < first + count).Take(k)],
            FilterKind.Far => [.. _orders[query].Skip(RowCount - count).Take(k)],
            _ => [.. _orders[query].Take(Math.Min(k, count))],
        };
    }

    internal int CountOf(double share) => Math.Max(1, (int)(RowCount * share));

    public async ValueTask DisposeAsync()
    {
        if (Shard is not null) await Shard.DisposeAsync();
        if (_store is not null) await _store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Tag(int query, double share) => $"q{query}p{FilterCommand.Percent(share)}";

    private static int[] NearestFirst(VectorSet set, Metric metric, int query)
    {
        var values = set.Queries[query].AsSpan().ToArray();
        if (metric is Metric.Cosine) DistanceKernels.Normalize(values);
        var distances = new float[set.Rows.Count];
        var row = new float[set.Rows.Dimension];
        for (var i = 0; i < distances.Length; i++)
        {
            set.Rows[i].CopyTo(row);
            if (metric is Metric.Cosine) DistanceKernels.Normalize(row);
            distances[i] = DistanceKernels.Compute(metric, values, row);
        }

        int[] order = [.. Enumerable.Range(0, distances.Length)];
        Array.Sort(distances, order);
        return order;
    }

    private async Task LoadAsync(Metric metric, CancellationToken cancellation)
    {
        var work = new PoolScheduler();
        var ids = new SeededIdSource(Seed);
        _store = await LocalBlobStore.OpenAsync(_folder, new DiskFileSystem(), work, ids, cancellation);
        var context = new EngineContext(_store, TimeProvider.System, work, ids);
        var config = new ShardConfig(
            _set.Rows.Dimension, metric, ShardIndexKind.Hnsw, HnswLimits.MDefault, HnswLimits.EfConstructionDefault, HnswLimits.EfSearchDefault, VectorCodes.Int8);
        var address = new ShardAddress("db_bench", 0);
        await ShardManifests.CreateAsync(context, address, new ShardBirth(0, ulong.MaxValue, 1, config), cancellation);
        // One segment: no checkpoint before all rows are there.
        var options = new ShardOptions
        {
            CheckpointSizeBytes = long.MaxValue / 4,
            CheckpointLogSizeBytes = long.MaxValue / 4,
            CheckpointLogFrames = int.MaxValue,
            UnsavedSizeBytesMax = long.MaxValue,
            TailSizeBytesMax = long.MaxValue,
        };
        Shard = await Shard.OpenAsync(context, address, options, cancellation);
        var tags = Tags();
        for (var first = 0; first < RowCount; first += BatchRows)
        {
            var items = Enumerable.Range(first, Math.Min(BatchRows, RowCount - first)).Select(row => Item(row, tags[row]));
            await Shard.WriteAsync(new WriteBatch { Items = [.. items] }, cancellation);
        }

        await Shard.WhenLinkedAsync(cancellation);
        await Shard.CheckpointAsync(cancellation);
    }

    private WriteItem Item(int row, (StringBuilder Near, StringBuilder Far) tags) => new()
    {
        Kind = WriteItemKind.Upsert,
        Id = Encoding.UTF8.GetBytes(row.ToString(CultureInfo.InvariantCulture)),
        Values = MemoryMarshal.AsBytes(_set.Rows[row]).ToArray(),
        Metadata = Encoding.UTF8.GetBytes($$"""{"r":{{_places[row].ToString(CultureInfo.InvariantCulture)}},"near":[{{tags.Near}}],"far":[{{tags.Far}}]}"""),
    };

    private (StringBuilder Near, StringBuilder Far)[] Tags()
    {
        var tags = Enumerable.Range(0, RowCount).Select(_ => (Near: new StringBuilder(), Far: new StringBuilder())).ToArray();
        for (var query = 0; query < QueryCount; query++)
        {
            foreach (var share in Shares)
            {
                var tag = $"\"{Tag(query, share)}\"";
                foreach (var row in _orders[query].AsSpan(0, CountOf(share))) Append(tags[row].Near, tag);
                foreach (var row in _orders[query].AsSpan(RowCount - CountOf(share))) Append(tags[row].Far, tag);
            }
        }

        return tags;
    }

    private static void Append(StringBuilder list, string tag) => list.Append(list.Length == 0 ? "" : ",").Append(tag);

    private sealed class PoolScheduler : IWorkScheduler
    {
        public int BackgroundParallelism => Environment.ProcessorCount;

        public Task<T> RunAsync<T>(WorkKind kind, Func<T> work, CancellationToken cancellation) => Task.Run(work, cancellation);
    }
}
