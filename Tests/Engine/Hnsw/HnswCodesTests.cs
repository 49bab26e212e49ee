using JadeVector.Engine.Distance;
using JadeVector.Engine.Hnsw;
using JadeVector.Engine.Memory;
using JadeVector.Engine.Quantization;
using JadeVector.Tests.Engine.Quantization;
using Xunit;

namespace JadeVector.Tests.Engine.Hnsw;

public sealed class HnswCodesTests
{
    // Ten seeds (1 to 10) gave at least 0.999 with bytes, as on the vectors themselves, and at least 0.995 with bits, growing, frozen and filtered.
    public static TheoryData<Metric, VectorCodes, double> Kinds => new()
    {
        { Metric.Cosine, VectorCodes.Int8, 0.995 }, { Metric.Euclidean, VectorCodes.Int8, 0.995 }, { Metric.Dot, VectorCodes.Int8, 0.995 },
        { Metric.Cosine, VectorCodes.OneBit, 0.985 }, { Metric.Euclidean, VectorCodes.OneBit, 0.985 }, { Metric.Dot, VectorCodes.OneBit, 0.985 },
    };

    [Theory, MemberData(nameof(Kinds))]
    public void Recall_on_codes_stays_above_its_floor_while_growing_and_frozen(Metric metric, VectorCodes codes, double floor)
    {
        using var set = ClusteredSet.Create(metric, rows: 3_000, queries: 100, dimension: 64);
        using var growing = set.Build(new HnswOptions { Codes = codes });
        using var frozen = growing.Freeze();
        Assert.True(set.Recall(growing, k: 10, ef: 100, default(AllRows)).Recall >= floor);
        var (recall, stats) = set.Recall(frozen, k: 10, ef: 100, default(AllRows));
        Assert.True(recall >= floor, $"recall {recall} under {floor}");
        Assert.InRange(stats.Distances / set.Queries.Length, 50, set.Rows.Count / 2);
        Assert.True(set.Recall(frozen, k: 10, ef: 100, new EveryNth(5)).Recall >= floor);
    }

    [Theory]
    [InlineData(VectorCodes.Int8)]
    [InlineData(VectorCodes.OneBit)]
    public void Distances_and_order_are_those_of_the_vectors(VectorCodes codes)
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 1_000, queries: 50, dimension: 64);
        using var growing = set.Build(new HnswOptions { Codes = codes });
        using var graph = growing.Freeze();
        foreach (var query in set.Queries)
        {
            var results = graph.Search(query, k: 20, ef: 64);
            Assert.Equal(20, results.Length);
            Assert.Equal(results.Order(), results);
            Assert.All(results, result => Assert.Equal(DistanceKernels.Compute(Metric.Euclidean, query, set.Rows[result.Row]), result.Distance));
        }
    }

    [Fact]
    public void More_rescoring_finds_more_on_bits()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 3_000, queries: 100, dimension: 64);
        using var growing = set.Build(new HnswOptions { Codes = VectorCodes.OneBit });
        using var graph = growing.Freeze();
        var few = Recall(rescoreMax: 10);
        var many = Recall(rescoreMax: 200);
        Assert.True(many > few + 0.1, $"{few} -> {many}");

        double Recall(int rescoreMax)
        {
            var results = new RowDistance[10];
            var hits = 0;
            foreach (var query in set.Queries)
            {
                SearchStats stats = default;
                graph.Search(query, 10, 200, default(AllRows), new HnswScratch(), results, ref stats, CancellationToken.None, rescoreMax);
                hits += set.Nearest(query, 10, default(AllRows)).Intersect(results).Count();
            }

            return hits / (10.0 * set.Queries.Length);
        }
    }

    [Fact]
    public void Codes_take_the_memory_that_they_say()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 1_000, queries: 0, dimension: 256);
        using var bytes = set.Build(new HnswOptions { Codes = VectorCodes.Int8 });
        using var bits = set.Build(new HnswOptions { Codes = VectorCodes.OneBit });
        using var frozenBytes = bytes.Freeze();
        using var frozenBits = bits.Freeze();
        // A quarter and a thirty-second of 1,024 bytes, with 132 bytes of links and what rounds them up to lines.
        Assert.InRange(frozenBytes.MemoryBytes / 1_000, 256 + 132, 256 + 132 + 80);
        Assert.InRange(frozenBits.MemoryBytes / 1_000, 32 + 132, 32 + 132 + 60);
    }

    [Theory]
    [InlineData(VectorCodes.Int8)]
    [InlineData(VectorCodes.OneBit)]
    public void Image_with_codes_and_sketches_gives_the_results_of_the_frozen_graph(VectorCodes codes)
    {
        using var rows = PrincipalSketchTests.Rows(Metric.Cosine, SketchTraining.RowsMin + 50);
        using var growing = new HnswGraph(rows, Metric.Cosine, new HnswOptions { M = 8, EfConstruction = 40, Codes = codes });
        var scratch = new HnswScratch();
        for (var row = 0; row < SketchTraining.RowsMin; row++)
            growing.Insert(row, scratch);
        using var frozen = growing.Freeze();
        Assert.Equal(codes is VectorCodes.Int8, frozen.HasSketches);
        var image = HnswImageTests.ImageOf(growing);
        Assert.Equal(image, HnswImageTests.ImageOf(frozen));
        Loaded(image, rows, Metric.Cosine, loaded =>
        {
            Assert.Equal(frozen.Options, loaded.Options);
            for (var query = SketchTraining.RowsMin; query < rows.Count; query++)
                Assert.Equal(frozen.Search(rows[query].ToArray(), 10, 40), loaded.Search(rows[query].ToArray(), 10, 40));
        });
    }

    [Fact]
    public void Equal_rows_come_up_together_on_codes_too()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 500, queries: 0, dimension: 64);
        for (var copy = 0; copy < 30; copy++)
            set.Rows.Append(set.Rows[7].ToArray());
        using var graph = set.Build(new HnswOptions { Codes = VectorCodes.Int8 });
        var rows = graph.Search(set.Rows[7].ToArray(), k: 31, ef: 64).Select(result => result.Row).Order();
        Assert.Equal([7, .. Enumerable.Range(500, 30)], rows);
        Assert.Equal(graph.Count, graph.CountReachable());
    }

    [Fact]
    public void Recall_survives_a_third_of_the_rows_deleted_and_replaced_twice()
    {
        const int Live = 3_000, Replaced = 900;
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: Live + (2 * Replaced), queries: 200, dimension: 64);
        using var graph = set.Build(new HnswOptions { Codes = VectorCodes.Int8 });
        // What is live in the end: of the first rows those that neither round deleted, and what replaced them.
        var live = new RowsFrom(2 * Replaced);
        var worn = set.Recall(graph, k: 10, ef: 64, live).Recall;
        using var freshRows = new NativeVectorRows(64);
        for (var row = 2 * Replaced; row < set.Rows.Count; row++)
            freshRows.Append(set.Rows[row]);
        using var fresh = new HnswGraph(freshRows, Metric.Euclidean, graph.Options);
        var scratch = new HnswScratch();
        for (var row = 0; row < freshRows.Count; row++)
            fresh.Insert(row, scratch);
        var hits = 0;
        foreach (var query in set.Queries)
            hits += set.Nearest(query, 10, live).Select(hit => hit.Row - (2 * Replaced)).Intersect(fresh.Search(query, 10, 64).Select(hit => hit.Row)).Count();
        var anew = hits / (10.0 * set.Queries.Length);
        Assert.True(worn >= anew - 0.005, $"{worn}, built anew {anew}");
    }

    private static unsafe void Loaded(byte[] image, NativeVectorRows rows, Metric metric, Action<HnswGraph> use)
    {
        var aligned = System.Runtime.InteropServices.NativeMemory.AlignedAlloc((nuint)image.Length, 64);
        try
        {
            image.CopyTo(new Span<byte>(aligned, image.Length));
            using var loaded = HnswGraph.Load((byte*)aligned, image.Length, rows, metric);
            new Span<byte>(aligned, image.Length).Fill(0xAA); // a copy was made
            use(loaded);
        }
        finally
        {
            System.Runtime.InteropServices.NativeMemory.AlignedFree(aligned);
        }
    }

    private readonly record struct RowsFrom(int First) : IRowFilter
    {
        public bool Includes(int row) => row >= First;
    }
}
