using JadeVector.Engine.Shards;
using Xunit;

namespace JadeVector.Tests.Engine.Shards;

public sealed class CompactionPolicyTests
{
    private const long Unbounded = long.MaxValue;

    [Fact]
    public void Nothing_is_done_to_few_segments_without_deletes()
    {
        Assert.Null(CompactionPolicy.Choose([], Unbounded));
        Assert.Null(CompactionPolicy.Choose([Full(1), Full(1), Full(1)], Unbounded));
        Assert.Null(CompactionPolicy.Choose([Full(1000), Full(100), Full(10), Full(1)], Unbounded));
    }

    [Fact]
    public void Equal_segments_become_one_and_a_large_one_beside_them_is_left_alone() =>
        Assert.Equal(new CompactionRun(1, 4), CompactionPolicy.Choose([Full(1000), Full(2), Full(2), Full(2), Full(2)], Unbounded));

    [Fact]
    public void Dead_segments_go_first_then_those_that_free_the_most()
    {
        Assert.Equal(new CompactionRun(1, 1), CompactionPolicy.Choose([new(900, 100, 90), new(5, 10, 10)], Unbounded));
        Assert.Equal(new CompactionRun(1, 1), CompactionPolicy.Choose([new(100, 100, 30), new(1000, 100, 25), new(100, 100, 90)], Unbounded));
        Assert.Null(CompactionPolicy.Choose([new(100, 100, 24)], Unbounded));
    }

    [Fact]
    public void Segments_do_not_grow_beyond_the_bound()
    {
        Assert.Null(CompactionPolicy.Choose([Full(30), Full(30), Full(30), Full(30)], sizeBytesMax: 100));
        Assert.Null(CompactionPolicy.Choose([new(200, 100, 40)], sizeBytesMax: 100));
        Assert.Equal(new CompactionRun(0, 3), CompactionPolicy.ChooseAll([Full(30), Full(30), Full(30), Full(30)], sizeBytesMax: 100));
        Assert.Null(CompactionPolicy.ChooseAll([Full(90), Full(30), Full(90)], sizeBytesMax: 100));
    }

    /// <summary>Ten thousand checkpoints of one size: the count stays logarithmic, and each byte is rewritten about log2 of the count times.</summary>
    [Fact]
    public void Steady_writing_keeps_few_segments_at_logarithmic_cost()
    {
        var segments = new List<SegmentSize>();
        long rewritten = 0;
        for (var i = 0; i < 10_000; i++)
        {
            segments.Add(Full(1));
            while (CompactionPolicy.Choose([.. segments], Unbounded) is { } run)
            {
                var size = segments.Skip(run.First).Take(run.Count).Sum(s => s.SizeBytes);
                rewritten += size;
                segments.RemoveRange(run.First, run.Count);
                segments.Insert(run.First, Full(size));
            }

            Assert.InRange(segments.Count, 1, 24);
        }

        Assert.InRange(rewritten, 10_000, 10_000 * 14);
    }

    private static SegmentSize Full(long sizeBytes) => new(sizeBytes, 1000, 0);
}
