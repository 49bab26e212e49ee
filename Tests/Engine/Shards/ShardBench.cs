using System.Runtime.InteropServices;
using System.Text;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;
using JadeVector.Tests.Support;

namespace JadeVector.Tests.Engine.Shards;

/// <summary>A shard on the simulated store, and short words for what tests do with one.</summary>
internal sealed class ShardBench : IAsyncDisposable
{
    private readonly List<Shard> _opened = [];

    private ShardBench(ShardConfig config, IWorkScheduler work, TimeProvider clock, int seed)
    {
        Config = config;
        Context = new EngineContext(Store, clock, work, new SeededIdSource(seed));
    }

    public SimulatedBlobStore Store { get; } = new();

    public EngineContext Context { get; }

    public ShardConfig Config { get; }

    public ShardAddress Address { get; } = new("db_test", 0);

    public static ShardConfig ConfigOf(int dimension = 2, Metric metric = Metric.Euclidean, ShardIndexKind index = ShardIndexKind.Hnsw) =>
        new(dimension, metric, index, M: 8, EfConstruction: 64, EfSearch: 32);

    public static async Task<ShardBench> CreateAsync(ShardConfig? config = null, IWorkScheduler? work = null, TimeProvider? clock = null, int seed = 1)
    {
        var bench = new ShardBench(config ?? ConfigOf(), work ?? new InlineWorkScheduler(), clock ?? new ManualClock(), seed);
        await ShardManifests.CreateAsync(bench.Context, bench.Address, new ShardBirth(0, ulong.MaxValue, 1, bench.Config), default);
        return bench;
    }

    /// <summary>Without options: no checkpoint by itself after many small batches, as tests write row by row and say when there is to be one.</summary>
    public async Task<Shard> OpenAsync(ShardOptions? options = null)
    {
        var shard = await Shard.OpenAsync(Context, Address, options ?? new ShardOptions { CheckpointLogFrames = int.MaxValue }, default);
        _opened.Add(shard);
        return shard;
    }

    public static byte[] Id(string id) => Encoding.UTF8.GetBytes(id);

    public static byte[] Bytes(params float[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    public static WriteItem Put(string id, float[] values, string? metadata = null, string? text = null, ulong? ifVersion = null, bool mustExist = false) => new()
    {
        Kind = WriteItemKind.Upsert,
        Id = Id(id),
        Values = Bytes(values),
        Metadata = metadata is null ? (ReadOnlyMemory<byte>?)null : Encoding.UTF8.GetBytes(metadata),
        Text = text,
        IfVersion = ifVersion,
        MustExist = mustExist,
    };

    public static WriteItem Delete(string id, ulong? ifVersion = null, bool mustExist = false) =>
        new() { Kind = WriteItemKind.Delete, Id = Id(id), IfVersion = ifVersion, MustExist = mustExist };

    public static WriteBatch Batch(params WriteItem[] items) => new() { Items = items };

    public static Task<WriteOutcome> Write(Shard shard, params WriteItem[] items) => shard.WriteAsync(Batch(items), default);

    public static VectorRow? Get(Shard shard, string id) => shard.Get([Id(id)], includeValues: true, includeMetadata: true)[0];

    public static IReadOnlyList<SearchRow> Search(Shard shard, float[] query, int k, bool exact = false) =>
        shard.Search(new ShardQuery { Query = Bytes(query), TopK = k, Exact = exact, IncludeValues = true }, default).Hits;

    public static string[] Ids(IEnumerable<SearchRow> hits) => [.. hits.Select(h => h.Vector.IdText)];

    /// <summary>Returns when something that goes on in the background has happened; fails when it does not for a long time.</summary>
    public static async Task UntilAsync(Func<bool> happened)
    {
        for (var since = System.Diagnostics.Stopwatch.StartNew(); !happened(); await Task.Yield())
            Xunit.Assert.True(since.Elapsed < TimeSpan.FromSeconds(60), "It has not happened.");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var shard in _opened)
            await shard.DisposeAsync();
        Store.Dispose();
    }
}
