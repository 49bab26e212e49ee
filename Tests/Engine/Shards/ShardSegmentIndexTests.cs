using JadeVector.Engine.Distance;
using JadeVector.Engine.Filters;
using JadeVector.Engine.Manifests;
using JadeVector.Engine.Shards;
using Xunit;
using static JadeVector.Tests.Engine.Shards.ShardBench;

namespace JadeVector.Tests.Engine.Shards;

/// <summary>Shards whose segments have cells or hash tables.</summary>
public sealed class ShardSegmentIndexTests
{
    private const int Dimension = 24;
    private const int RowCount = 4_000;
    private const int K = 10;
    private const float Spread = 4;

    private static readonly float[][] Centres = [.. Enumerable.Range(0, 60).Select(i => Values(new Random(1_000 + i), new float[Dimension], 8))];

    public static TheoryData<ShardIndexKind, Metric> Kinds => new(
        (ShardIndexKind.Ivf, Metric.Euclidean), (ShardIndexKind.Ivf, Metric.Cosine), (ShardIndexKind.Ivf, Metric.Dot),
        (ShardIndexKind.Lsh, Metric.Euclidean), (ShardIndexKind.Lsh, Metric.Cosine));

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Near_rows_are_found_with_few_comparisons_before_and_after_deletes_compaction_and_a_restart(ShardIndexKind kind, Metric metric)
    {
        await using var bench = await CreateAsync(ConfigOf(kind, metric));
        var shard = await bench.OpenAsync();
        await FillAsync(shard, 0, RowCount / 2);
        await FillAsync(shard, RowCount / 2, RowCount / 2);
        Check(shard, segments: 2, RowCount);

        await Write(shard, [.. Enumerable.Range(0, RowCount / 4).Select(i => Delete($"v{i * 3}"))]);
        Check(shard, segments: 2, RowCount - (RowCount / 4));
        await shard.CompactAsync(default);
        Check(shard, segments: 1, RowCount - (RowCount / 4));

        await shard.DisposeAsync();
        shard = await bench.OpenAsync();
        Check(shard, segments: 1, RowCount - (RowCount / 4));
    }

    [Theory]
    [InlineData(ShardIndexKind.Ivf, SearchStrategies.Cells, SearchStrategies.CellsAndTail)]
    [InlineData(ShardIndexKind.Lsh, SearchStrategies.Tables, SearchStrategies.TablesAndTail)]
    public async Task Rows_that_are_in_no_segment_yet_are_scanned_and_explain_says_so(ShardIndexKind kind, string whole, string withTail)
    {
        await using var bench = await CreateAsync(ConfigOf(kind, Metric.Euclidean));
        var shard = await bench.OpenAsync();
        await FillAsync(shard, 0, 1_000);
        var explain = Explain(shard, new ShardQuery { Query = Bytes(Query(0)), TopK = K });
        Assert.Equal((whole, 0L, shard.Config.Probes, 0), (explain.Strategy, explain.TailRows, explain.Probes, explain.EfSearch));
        await Write(shard, Put("late", Query(0)));
        explain = Explain(shard, new ShardQuery { Query = Bytes(Query(0)), TopK = K });
        Assert.Equal((withTail, 1L), (explain.Strategy, explain.TailRows));
        Assert.Equal("late", Ids(Search(shard, Query(0), 1))[0]);
    }

    [Fact]
    public async Task Every_parameter_of_cells_changes_what_a_search_does()
    {
        var plain = ShardConfig.ForCells(Dimension, Metric.Euclidean, lists: 64, codeComponents: 0, probes: 1);
        var few = await WorkAsync(plain);
        Assert.True((await WorkAsync(plain with { Probes = 16 })).Distances > 2 * few.Distances, "nprobe of the database");
        Assert.True((await WorkAsync(plain, query => query with { Probes = 16 })).Recall > few.Recall, "nprobe of the search");
        Assert.True((await WorkAsync(plain with { Lists = 16 })).Distances > few.Distances, "nlist");

        var coded = plain with { CodeComponents = 4 };
        var ranked = await WorkAsync(coded);
        Assert.True(ranked.Distances < few.Distances, "codes");
        var rescored = await WorkAsync(coded, query => query with { Rescore = 30 });
        Assert.True(rescored.Distances > ranked.Distances, "rescore");
        var once = await WorkAsync(coded, query => query with { Rescore = 1, Probes = 32 });
        Assert.True(once.Recall < (await WorkAsync(coded with { CodeComponents = 1 }, query => query with { Rescore = 1, Probes = 32 })).Recall, "components of a code");
    }

    [Fact]
    public async Task Every_parameter_of_hash_tables_changes_what_a_search_does()
    {
        var config = ShardConfig.ForTables(Dimension, Metric.Cosine, tables: 4, functions: 10, probes: 4);
        var few = await WorkAsync(config);
        Assert.True((await WorkAsync(config with { Probes = 16 })).Distances > few.Distances, "nprobe of the database");
        Assert.True((await WorkAsync(config, query => query with { Probes = 64 })).Recall > few.Recall, "nprobe of the search");
        Assert.True((await WorkAsync(config with { Tables = 16 })).Recall > few.Recall, "tables");
        Assert.True((await WorkAsync(config with { Functions = 14 })).Distances < few.Distances, "hashFunctions");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Filters_get_as_many_rows_as_match_and_the_near_ones(ShardIndexKind kind, Metric metric)
    {
        await using var bench = await CreateAsync(ConfigOf(kind, metric));
        var shard = await bench.OpenAsync();
        await FillAsync(shard, 0, RowCount);
        foreach (var (modulus, strategies) in new (int, string[])[]
        {
            (2, [SearchStrategies.FilteredCells, SearchStrategies.FilteredTables]), (20, []), (1_000, [SearchStrategies.FilteredExact]),
        })
        {
            var filter = Filter.Parse(System.Text.Encoding.UTF8.GetBytes($$"""{"m{{modulus}}":0}"""));
            var found = 0;
            for (var i = 0; i < 40; i++)
            {
                var query = new ShardQuery { Query = Bytes(Query(i)), TopK = K, Filter = filter };
                var outcome = shard.Search(query, default);
                var exact = Ids(shard.Search(query with { Exact = true }, default).Hits);
                Assert.Equal(exact.Length, outcome.Hits.Count);
                Assert.Equal(Math.Min(K, RowCount / modulus), exact.Length);
                if (strategies.Length > 0)
                    Assert.Contains(outcome.Explain.Strategy, strategies);
                found += Ids(outcome.Hits).Intersect(exact).Count();
            }

            Assert.True(found >= 0.9 * 40 * Math.Min(K, RowCount / modulus), $"one row in {modulus}: {found} found");
        }
    }

    [Fact]
    public async Task Numbers_out_of_range_are_refused()
    {
        await using var bench = await CreateAsync(ConfigOf(ShardIndexKind.Ivf, Metric.Euclidean));
        var shard = await bench.OpenAsync();
        var query = new ShardQuery { Query = Bytes(Query(0)), TopK = 1 };
        foreach (var bad in new[] { query with { Probes = 0 }, query with { Probes = 65_537 }, query with { Rescore = 0 }, query with { Rescore = 1_001 } })
            Assert.Equal("limit_exceeded", Assert.Throws<JadeVector.Engine.RefusalException>(() => shard.Search(bad, default)).Code);
    }

    private static ShardConfig ConfigOf(ShardIndexKind kind, Metric metric) => kind is ShardIndexKind.Ivf
        ? ShardConfig.ForCells(Dimension, metric, lists: 0, codeComponents: 2, probes: 16)
        : ShardConfig.ForTables(Dimension, metric, tables: 12, functions: metric is Metric.Cosine ? 10 : 9, probes: 10);

    /// <summary>Writes rows around the centres and makes a segment of them.</summary>
    private static async Task FillAsync(Shard shard, int first, int count)
    {
        var random = new Random(first);
        foreach (var chunk in Enumerable.Range(first, count).Chunk(500))
            await Write(shard, [.. chunk.Select(i => Put($"v{i}", Values(random, Centres[i % Centres.Length], Spread), $$"""{"m2":{{i % 2}},"m20":{{i % 20}},"m1000":{{i % 1_000}}}"""))]);
        await shard.CheckpointAsync(default);
    }

    private static void Check(Shard shard, int segments, int live)
    {
        var (found, wanted, distances) = (0, 0, 0L);
        for (var i = 0; i < 60; i++)
        {
            var outcome = shard.Search(new ShardQuery { Query = Bytes(Query(i)), TopK = K }, default);
            Assert.Equal((segments, (long)live), (outcome.Explain.SegmentCount, outcome.Explain.VectorCount));
            var exact = Ids(Search(shard, Query(i), K, exact: true));
            (found, wanted, distances) = (found + Ids(outcome.Hits).Intersect(exact).Count(), wanted + exact.Length, distances + outcome.Explain.DistancesComputed);
        }

        Assert.True(found >= 0.85 * wanted, $"{found} of {wanted} found");
        Assert.True(distances < 60L * live / 2, $"{distances / 60} distances a query of {live} rows: the index was not used");
    }

    private static async Task<(double Recall, long Distances)> WorkAsync(ShardConfig config, Func<ShardQuery, ShardQuery>? change = null)
    {
        await using var bench = await CreateAsync(config);
        var shard = await bench.OpenAsync();
        await FillAsync(shard, 0, RowCount);
        var (found, distances) = (0, 0L);
        for (var i = 0; i < 40; i++)
        {
            var query = new ShardQuery { Query = Bytes(Query(i)), TopK = K };
            var outcome = shard.Search(change is null ? query : change(query), default);
            found += Ids(outcome.Hits).Intersect(Ids(Search(shard, Query(i), K, exact: true))).Count();
            distances += outcome.Explain.DistancesComputed;
        }

        return (found / (40.0 * K), distances);
    }

    private static SearchExplain Explain(Shard shard, ShardQuery query) => shard.Search(query, default).Explain;

    private static float[] Query(int number) => Values(new Random(77_000 + number), Centres[number % Centres.Length], Spread);

    private static float[] Values(Random random, float[] centre, float spread) => [.. centre.Select(value => value + (spread * ((random.NextSingle() * 2) - 1)))];
}
