using JadeVector.Grains.Databases;
using Xunit;

namespace JadeVector.Tests.Grains;

public sealed class ShardMapTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(12)]
    [InlineData(1000)]
    public void Ranges_cover_the_space_without_gap_or_overlap(int shardCount)
    {
        var ranges = ShardMaps.Create(shardCount).Ranges;
        Assert.Equal(shardCount, ranges.Count);
        Assert.Equal(0ul, ranges[0].First);
        Assert.Equal(ulong.MaxValue, ranges[^1].Last);
        for (var i = 1; i < ranges.Count; i++)
        {
            Assert.Equal(ranges[i - 1].Last + 1, ranges[i].First);
        }
    }

    [Fact]
    public void Ids_spread_evenly()
    {
        var map = ShardMaps.Create(8);
        var counts = Enumerable.Range(0, 8_000).GroupBy(i => ShardMaps.ShardOf(map, $"vector-{i}")).ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal(8, counts.Count);
        Assert.All(counts.Values, count => Assert.InRange(count, 850, 1_150)); // 1,000 expected, five standard deviations are 148
    }

    [Fact]
    public void The_shard_of_an_id_never_changes()
    {
        var map = ShardMaps.Create(4);
        Assert.Equal([3, 1, 3], new[] { "", "abc", "a" }.Select(id => ShardMaps.ShardOf(map, id))); // XXH64 EF46…, 44BC…, D24E…
    }
}
