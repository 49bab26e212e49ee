using System.Text;
using JadeVector.Engine.Shards;
using Xunit;

namespace JadeVector.Tests.Engine.Shards;

public sealed class ShardRangesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(1000)]
    public void Ranges_cover_the_space_evenly_without_gap_or_overlap(int count)
    {
        var ranges = ShardRanges.Split(count);
        Assert.Equal(count, ranges.Count);
        Assert.Equal(0ul, ranges[0].First);
        Assert.Equal(ulong.MaxValue, ranges[^1].Last);
        for (var i = 0; i < count; i++)
        {
            if (i > 0)
                Assert.Equal(ranges[i - 1].Last + 1, ranges[i].First);
            Assert.InRange((double)(ranges[i].Last - ranges[i].First), (ulong.MaxValue / (double)count) - 2, (ulong.MaxValue / (double)count) + 2);
            Assert.Equal(i, ShardRanges.Find(ranges, ranges[i].First));
            Assert.Equal(i, ShardRanges.Find(ranges, ranges[i].Last));
        }
    }

    // docs/formats/shard-of-id.md has the same table: an id never changes its hash, nor its shard in a map.
    [Theory]
    [InlineData("a", 0xD24EC4F1A98C6E5Bul, 3)]
    [InlineData("abc", 0x44BC2CF5AD770999ul, 1)]
    [InlineData("vector-1", 0x3D616471D2DBEA66ul, 0)]
    [InlineData("grüße", 0xF6B705A592C4DCDAul, 3)]
    [InlineData("0123456789abcdef0123456789abcdef0123456789", 0xA76190C3ACF08A1Cul, 2)]
    public void Id_has_its_hash_and_its_shard_of_four(string id, ulong hash, int shard)
    {
        Assert.Equal(hash, ShardRanges.HashOf(Encoding.UTF8.GetBytes(id)));
        Assert.Equal(shard, ShardRanges.Find(ShardRanges.Split(4), hash));
    }

    [Fact]
    public void Hash_outside_of_all_ranges_is_an_error() =>
        Assert.Throws<ArgumentException>(() => ShardRanges.Find([new HashRange(0, 10)], 11));
}
