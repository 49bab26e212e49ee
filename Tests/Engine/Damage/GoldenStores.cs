using System.Globalization;
using System.IO.Compression;
using JadeVector.Engine.Blobs.Files;
using JadeVector.Engine.Blobs.Local;
using JadeVector.Engine.Determinism;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Quantization;
using JadeVector.Engine.Shards;
using JadeVector.Tests.Architecture;
using JadeVector.Tests.Engine.Shards;
using JadeVector.Tests.Support;

namespace JadeVector.Tests.Engine.Damage;

/// <summary>
/// Stores as releases wrote them, in <c>Tests/Golden</c>: never rewritten, so that what is stored stays readable. They hold a
/// shard of every kind of index and code, each with segments, deletes, a snapshot, remembered requests and a log beyond them.
/// </summary>
internal static class GoldenStores
{
    public const int DeletedEvery = 7;
    public const string Snapshot = "sn_golden";
    public const string RequestId = "golden-request";

    private const int BatchRows = 50;

    public static string Folder { get; } = Path.Combine(Repository.Root, "Tests", "Golden");

    private static IReadOnlyList<GoldenShard> Shards { get; } =
    [
        new("db_flat", new(3, Metric.Dot, ShardIndexKind.Flat, 8, 40, 32), 120),
        new("db_floats", new(8, Metric.Cosine, ShardIndexKind.Hnsw, 4, 40, 32), 150),
        new("db_bytes", new(64, Metric.Euclidean, ShardIndexKind.Hnsw, 4, 40, 64, VectorCodes.Int8), 200),
        new("db_bits", new(64, Metric.Euclidean, ShardIndexKind.Hnsw, 4, 40, 128, VectorCodes.OneBit), 200),
        new("db_sketches", new(160, Metric.Euclidean, ShardIndexKind.Hnsw, 4, 40, 128, VectorCodes.Int8), 2_300),
    ];

    /// <summary>Shards of kinds of index that came to generation 1 later: a file beside the first.</summary>
    private static IReadOnlyList<GoldenShard> LaterShards { get; } =
    [
        new("db_cells", ShardConfig.ForCells(16, Metric.Euclidean, lists: 0, codeComponents: 2, probes: 16), 500),
        new("db_plain_cells", ShardConfig.ForCells(16, Metric.Cosine, lists: 20, codeComponents: 0, probes: 8), 300),
        new("db_tables", ShardConfig.ForTables(16, Metric.Cosine, tables: 20, functions: 6, probes: 8), 400),
        new("db_slices", ShardConfig.ForTables(16, Metric.Euclidean, tables: 20, functions: 5, probes: 8), 400),
    ];

    /// <summary>The files, and what is in each.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<GoldenShard>> Files { get; } = new Dictionary<string, IReadOnlyList<GoldenShard>>
    {
        ["store-1.zip"] = Shards,
        ["store-1-cells-and-tables.zip"] = LaterShards,
    };

    /// <summary>Writes a file as this release does.</summary>
    public static async Task MakeAsync(string file)
    {
        using var folder = new TemporaryDirectory();
        await using (var store = await LocalBlobStore.OpenAsync(folder.Path, new DiskFileSystem(), new InlineWorkScheduler(), new SeededIdSource(1), default))
        {
            var context = ContextOver(store);
            foreach (var shard in Files[file])
                await WriteAsync(context, shard);
        }

        Directory.CreateDirectory(Folder);
        await ZipFile.CreateFromDirectoryAsync(folder.Path, Path.Combine(Folder, file), CompressionLevel.SmallestSize, includeBaseDirectory: false);
    }

    /// <summary>On the day of the first store, whenever the tests run: shards forget request ids after a day.</summary>
    public static EngineContext ContextOver(LocalBlobStore store) =>
        new(store, new FixedDay(new DateTimeOffset(2026, 11, 26, 16, 0, 0, TimeSpan.Zero)), new InlineWorkScheduler(), new SeededIdSource(2));

    private static async Task WriteAsync(EngineContext context, GoldenShard golden)
    {
        await ShardManifests.CreateAsync(context, golden.Address, new ShardBirth(0, ulong.MaxValue, 1, golden.Config), default);
        await using var shard = await Shard.OpenAsync(context, golden.Address, new ShardOptions(), default);
        for (var first = 0; first < golden.RowCount; first += BatchRows)
        {
            var rows = Enumerable.Range(first, Math.Min(BatchRows, golden.RowCount - first));
            await ShardBench.Write(shard, [.. rows.Select(golden.Put)]);
        }

        await shard.WhenLinkedAsync(default);
        await shard.CheckpointAsync(default);
        await ShardBench.Write(shard, [.. Enumerable.Range(0, golden.RowCount).Where(row => row % DeletedEvery == 0).Select(row => ShardBench.Delete(GoldenShard.IdOf(row)))]);
        await shard.CheckpointAsync(default);
        await shard.PinAsync(Snapshot, default);
        await shard.WriteAsync(golden.LastBatch, default);
    }

    private sealed class FixedDay(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}

/// <summary>One shard of a golden store: rows 0 to <paramref name="RowCount"/>, and one more that is in the log alone.</summary>
internal sealed record GoldenShard(string DatabaseId, ShardConfig Config, int RowCount)
{
    public ShardAddress Address { get; } = new(DatabaseId, 0);

    public WriteBatch LastBatch => new() { Items = [Put(RowCount)], RequestId = GoldenStores.RequestId };

    public IEnumerable<int> LiveRows => Enumerable.Range(0, RowCount + 1).Where(row => row == RowCount || row % GoldenStores.DeletedEvery != 0);

    public static string IdOf(int row) => string.Create(CultureInfo.InvariantCulture, $"row-{row}");

    public static string MetadataOf(int row) => string.Create(CultureInfo.InvariantCulture, $$"""{"row":{{row}},"even":{{(row % 2 == 0 ? "true" : "false")}},"tags":["t{{row % 5}}"]}""");

    public static string TextOf(int row) => string.Create(CultureInfo.InvariantCulture, $"text of row {row}");

    public WriteItem Put(int row) => ShardBench.Put(IdOf(row), ValuesOf(row), MetadataOf(row), TextOf(row));

    /// <summary>Whole numbers, so that the file is small and every distance exact.</summary>
    public float[] ValuesOf(int row)
    {
        var state = ((uint)row * 2_654_435_761) + 12_345;
        var values = new float[Config.Dimension];
        for (var i = 0; i < values.Length; i++)
        {
            state = (state * 1_664_525) + 1_013_904_223;
            values[i] = (int)(state >> 28) - 7;
        }

        return values;
    }
}
