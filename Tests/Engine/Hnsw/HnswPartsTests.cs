using JadeVector.Engine.Hnsw;
using Xunit;

namespace JadeVector.Tests.Engine.Hnsw;

public sealed unsafe class HnswPartsTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(16)]
    [InlineData(100)]
    public void Each_level_has_one_in_M_rows_of_the_level_below(int m)
    {
        const int Rows = 400_000;
        var levels = Enumerable.Range(0, Rows).Select(row => LevelGenerator.LevelOf(seed: 5, row, m)).ToArray();
        double expected = Rows;
        for (var level = 1; (expected /= m) >= 400; level++)
        {
            // Five standard deviations of a binomial count.
            Assert.InRange(levels.Count(l => l >= level), expected - (5 * Math.Sqrt(expected)), expected + (5 * Math.Sqrt(expected)));
        }

        Assert.All(levels, level => Assert.InRange(level, 0, HnswLimits.LevelMax));
    }

    [Fact]
    public void Levels_of_known_rows_never_change()
    {
        // They are the same on every machine, so that the same rows give the same graph everywhere.
        var high = Enumerable.Range(0, 120).Where(row => LevelGenerator.LevelOf(seed: 1, row, m: 16) > 0);
        Assert.Equal([25, 28, 66, 67, 98, 107], high);
        Assert.Equal(3, LevelGenerator.LevelOf(seed: 1, 98, m: 16));
    }

    [Fact]
    public void Keys_are_in_order_of_distance_then_row_and_give_both_back()
    {
        float[] distances = [float.NegativeInfinity, -float.MaxValue, -2.5f, -1e-40f, 0, float.Epsilon, 1e-3f, 1, 3.75f, float.MaxValue, float.PositiveInfinity];
        int[] rows = [0, 1, 12_345, int.MaxValue];
        var last = 0ul;
        foreach (var distance in distances)
        {
            foreach (var row in rows)
            {
                var key = CandidateKey.Of(row, distance);
                Assert.True(key > last);
                Assert.True(key < CandidateKey.Last);
                Assert.Equal((row, distance, false), (CandidateKey.Row(key), CandidateKey.Distance(key), CandidateKey.IsFollowed(key)));
                var followed = CandidateKey.Followed(key);
                Assert.Equal((row, distance, true), (CandidateKey.Row(followed), CandidateKey.Distance(followed), CandidateKey.IsFollowed(followed)));
                last = followed;
            }
        }

        Assert.Equal(CandidateKey.Of(3, 0f), CandidateKey.Of(3, -0f));
    }

    [Fact]
    public void Pool_keeps_the_least_keys_in_order()
    {
        var random = new Random(3);
        var memory = stackalloc ulong[17];
        for (var round = 0; round < 100; round++)
        {
            var pool = new CandidatePool(memory, 17);
            var keys = Enumerable.Range(0, random.Next(1, 60)).Select(row => CandidateKey.Of(row, random.NextSingle())).ToArray();
            random.Shuffle(keys);
            foreach (var key in keys)
            {
                if (key < pool.Bound)
                    Assert.Equal(key, pool[pool.Insert(key)]);
            }

            Assert.Equal(keys.Order().Take(17), new ReadOnlySpan<ulong>(memory, pool.Count).ToArray());
        }
    }

    [Fact]
    public void Heap_gives_keys_back_in_order()
    {
        var random = new Random(4);
        var heap = new CandidateHeap();
        var model = new PriorityQueue<ulong, ulong>();
        for (var step = 0; step < 5_000; step++)
        {
            if (model.Count == 0 || random.Next(5) < 3)
            {
                var key = (ulong)random.NextInt64();
                heap.Push(key);
                model.Enqueue(key, key);
            }
            else
            {
                Assert.Equal(model.Peek(), heap.First);
                Assert.Equal(model.Dequeue(), heap.Pop());
            }

            Assert.Equal(model.Count, heap.Count);
        }
    }

    [Theory]
    [InlineData(32, 0, 0, 144)]
    [InlineData(32, 1, 4, 192)]
    [InlineData(3, 100, 100, 128)]
    public void Layout_has_the_code_before_the_links_and_whole_lines_with_a_code(int links, int codes, int linksOffset, int stride)
    {
        var layout = new NodeLayout(links, codes);
        Assert.Equal((linksOffset, stride), (layout.LinksOffset, layout.Stride));
        Assert.True(layout.Stride >= layout.LinksOffset + (sizeof(int) * (1 + links)));
    }
}
