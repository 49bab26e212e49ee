using System.Buffers.Binary;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Hashing;
using JadeVector.Engine.Hnsw;
using JadeVector.Engine.Memory;
using Xunit;

namespace JadeVector.Tests.Engine.Hnsw;

public sealed unsafe class HnswImageTests
{
    // Places in the header, docs/formats/graph.md.
    private const int EntryRowAt = 48;
    private const int ChecksumAt = 188;

    public static byte[] ImageOf(HnswGraph graph)
    {
        using var image = new MemoryStream();
        graph.WriteTo(bytes =>
        {
            Assert.InRange(bytes.Length, 1, 64 * 1024);
            image.Write(bytes);
        });
        return image.ToArray();
    }

    [Theory]
    [InlineData(Metric.Cosine)]
    [InlineData(Metric.Euclidean)]
    [InlineData(Metric.Dot)]
    public void Mapped_graph_gives_the_results_of_the_one_that_was_written(Metric metric)
    {
        using var set = ClusteredSet.Create(metric, rows: 2_000, queries: 50);
        using var graph = set.Build(new HnswOptions { M = 6, EfConstruction = 60, Seed = 3 });
        WithMapped(ImageOf(graph), set, mapped =>
        {
            Assert.Equal((graph.Count, graph.Options), (mapped.Count, mapped.Options));
            Assert.Equal(0, mapped.MemoryBytes);
            foreach (var query in set.Queries)
            {
                SearchStats first = default, second = default;
                Assert.Equal(graph.Search(query, 10, 40, default(AllRows), ref first), mapped.Search(query, 10, 40, default(AllRows), ref second));
                Assert.Equal((first.Hops, first.Distances), (second.Hops, second.Distances));
                Assert.Equal(graph.Search(query, 10, 40, new EveryNth(9), ref first), mapped.Search(query, 10, 40, new EveryNth(9), ref second));
            }
        });
    }

    [Fact]
    public void Image_of_a_mapped_graph_is_the_image()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 1_500, queries: 0);
        using var graph = set.Build(new HnswOptions { M = 2, EfConstruction = 10 });
        var image = ImageOf(graph);
        WithMapped(image, set, mapped => Assert.Equal(image, ImageOf(mapped)));
    }

    [Fact]
    public void Empty_graph_has_an_image_in_which_nothing_is_found()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 0, queries: 1);
        using var graph = new HnswGraph(set.Rows, Metric.Euclidean, new HnswOptions());
        WithMapped(ImageOf(graph), set, mapped =>
        {
            Assert.Equal(0, mapped.Count);
            Assert.Empty(mapped.Search(set.Queries[0], 5, 10));
        });
    }

    [Fact]
    public void Mapped_graph_refuses_to_grow()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 20, queries: 0);
        using var graph = set.Build();
        WithMapped(ImageOf(graph), set, mapped => Assert.Throws<InvalidOperationException>(() => mapped.Insert(0, new HnswScratch())));
    }

    [Fact]
    public void Image_cut_short_anywhere_is_refused()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 200, queries: 0);
        using var graph = set.Build();
        var image = ImageOf(graph);
        foreach (var length in new[] { 0, 1, 100, 191, 192, 1_000, image.Length - 1 })
            Refused(image[..length], set, length < 192 ? "too short" : "are there");
    }

    [Fact]
    public void Every_damaged_byte_of_the_header_is_noticed()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 50, queries: 0);
        using var graph = set.Build();
        var image = ImageOf(graph);
        for (var place = 0; place < 192; place++)
        {
            var damaged = (byte[])image.Clone();
            damaged[place] ^= 0x10;
            Refused(damaged, set, place < 8 ? "magic" : place < 12 ? "version" : "checksum");
        }
    }

    [Fact]
    public void Header_with_a_right_checksum_and_wrong_fields_is_refused()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 50, queries: 0);
        using var graph = set.Build();
        var image = ImageOf(graph);
        RefusedWith(image, set, EntryRowAt, 50, "entry point");
        RefusedWith(image, set, EntryRowAt, -1, "entry point");
        RefusedWith(image, set, EntryRowAt + 4, HnswLimits.LevelMax + 1, "top level");
        RefusedWith(image, set, 20, 7, "metric");
        RefusedWith(image, set, 24, 0, "dimension");
        RefusedWith(image, set, 28, 1, "M is 1");
        RefusedWith(image, set, 36, -1, "number of nodes");
        RefusedWith(image, set, 56, 4, "layout");
        RefusedWith(image, set, 80, 4, "sections");
    }

    [Fact]
    public void Damaged_links_levels_and_chains_are_refused_by_name()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 300, queries: 0);
        for (var copy = 0; copy < 3; copy++)
            set.Rows.Append(set.Rows[5].ToArray());
        using var graph = set.Build();
        var image = ImageOf(graph);
        int At(int header) => (int)BinaryPrimitives.ReadInt64LittleEndian(image.AsSpan(header));
        int blocks = At(80), levels = At(88), upperFirst = At(96), nextEqual = At(104), upper = At(112);
        var stride = BinaryPrimitives.ReadInt32LittleEndian(image.AsSpan(56));
        var high = Enumerable.Range(0, 303).First(row => image[levels + row] > 0);

        RefusedWith(image, set, blocks + (7 * stride), 33, "node 7 has 33 links");
        RefusedWith(image, set, blocks + (7 * stride), -1, "node 7 has -1 links");
        RefusedWith(image, set, blocks + (7 * stride) + 4, 303, "node 7 links on level 0 to 303");
        RefusedWith(image, set, blocks + (7 * stride) + 4, -5, "node 7 links on level 0 to -5");
        RefusedWith(image, set, blocks + (7 * stride) + 4, 7, "node 7 links on level 0 to 7");
        RefusedWith(image, set, blocks + (7 * stride) + 4, 302, "node 7 links on level 0 to 302");
        RefusedWith(image, set, upperFirst + (4 * high), int.MaxValue, $"upper blocks of node {high}");
        RefusedWith(image, set, upperFirst + (4 * high), -1, $"upper blocks of node {high}");
        RefusedWith(image, set, upper, 17, "17 links on level");
        RefusedWith(image, set, nextEqual, 304, "from 0 to 303");
        RefusedWith(image, set, nextEqual, -3, "from 0 to -4");
        RefusedWith(image, set, nextEqual + (4 * 300), 304 - 1, "chain");
        var level = (byte[])image.Clone();
        level[levels + 9] = 200;
        Refused(level, set, "node 9 is on level 200");
    }

    [Fact]
    public void Image_for_other_rows_or_another_metric_is_refused()
    {
        using var set = ClusteredSet.Create(Metric.Euclidean, rows: 50, queries: 0);
        using var graph = set.Build();
        var image = ImageOf(graph);
        using var fewer = ClusteredSet.Create(Metric.Euclidean, rows: 49, queries: 0);
        using var wider = ClusteredSet.Create(Metric.Euclidean, rows: 50, queries: 0, dimension: 33);
        using var cosine = ClusteredSet.Create(Metric.Cosine, rows: 50, queries: 0);
        Refused(image, fewer, "50 nodes for 49 rows");
        Refused(image, wider, "32 components");
        Refused(image, cosine, "for Euclidean, not for Cosine");
    }

    private static void RefusedWith(byte[] image, ClusteredSet set, int place, int value, string expected)
    {
        var damaged = (byte[])image.Clone();
        BinaryPrimitives.WriteInt32LittleEndian(damaged.AsSpan(place), value);
        BinaryPrimitives.WriteUInt32LittleEndian(damaged.AsSpan(ChecksumAt), Crc32C.Compute(damaged.AsSpan(0, ChecksumAt)));
        Refused(damaged, set, expected);
    }

    private static void Refused(byte[] image, ClusteredSet set, string expected)
    {
        var refusal = Assert.Throws<InvalidDataException>(() => WithMapped(image, set, _ => { }));
        Assert.Contains(expected, refusal.Message);
    }

    internal static void WithMapped(byte[] image, ClusteredSet set, Action<HnswGraph> use)
    {
        using var memory = new NativeChunkedArray<long>();
        memory.EnsureCount((image.Length / sizeof(long)) + 1);
        // Small images fit one chunk; larger ones would not lie in one piece.
        Assert.InRange(image.Length, 0, 1_000_000);
        image.CopyTo(new Span<byte>(memory.At(0), image.Length));
        using var mapped = HnswGraph.Map((byte*)memory.At(0), image.Length, set.Rows, set.Metric);
        use(mapped);
    }
}
