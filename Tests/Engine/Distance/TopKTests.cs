using JadeVector.Engine.Distance;
using Xunit;

namespace JadeVector.Tests.Engine.Distance;

public sealed class TopKTests
{
    [Fact]
    public void Keeps_the_nearest_in_order_of_distance_then_row_whatever_the_order_of_offers()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            // Few distinct distances, so that ties are the rule.
            var offers = Enumerable.Range(0, 60).Select(row => new RowDistance(row, random.Next(8))).ToArray();
            random.Shuffle(offers);
            var k = random.Next(1, 70);
            var top = new TopK(k);
            foreach (var offer in offers)
                top.Offer(offer.Row, offer.Distance);
            Assert.Equal(offers.OrderBy(o => o.Distance).ThenBy(o => o.Row).Take(k), top.Items.ToArray());
        }
    }

    [Fact]
    public void Row_that_is_offered_twice_counts_once()
    {
        var top = new TopK(3);
        Assert.True(top.Offer(5, 1));
        Assert.True(top.Offer(6, 2));
        Assert.False(top.Offer(5, 1));
        Assert.Equal([new RowDistance(5, 1), new RowDistance(6, 2)], top.Items.ToArray());
    }

    [Fact]
    public void Bound_is_infinite_until_full_then_the_last_distance()
    {
        var top = new TopK(2);
        top.Offer(1, 4);
        Assert.Equal(float.PositiveInfinity, top.Bound);
        top.Offer(2, 3);
        Assert.Equal(4, top.Bound);
        Assert.False(top.Offer(3, 4));
        Assert.True(top.Offer(0, 4));
        Assert.Equal([2, 0], top.Items.ToArray().Select(item => item.Row));
    }

    [Fact]
    public void Infinitely_far_rows_are_kept_while_there_is_room()
    {
        var top = new TopK(2);
        top.Offer(9, float.PositiveInfinity);
        top.Offer(4, float.PositiveInfinity);
        top.Offer(1, float.PositiveInfinity);
        Assert.Equal([1, 4], top.Items.ToArray().Select(item => item.Row));
    }

    [Fact]
    public void Room_for_less_than_one_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => new TopK(0));
}
