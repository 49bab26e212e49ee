using JadeVector.Hosting.Work;
using Xunit;

namespace JadeVector.Tests.Hosting.Work;

public sealed class FairQueueTests
{
    [Fact]
    public void Shares_take_turns_and_each_keeps_its_order()
    {
        var queue = new FairQueue<string>(100);
        foreach (var item in new[] { "a1", "a2", "a3", "b1", "a4", "c1", "b2" })
            Assert.True(queue.TryAdd(item[..1], item, out _));
        Assert.Equal(["a1", "b1", "c1", "a2", "b2", "a3", "a4"], TakeAll(queue));
    }

    [Fact]
    public void One_that_waits_with_less_takes_the_place_of_the_last_of_the_longest()
    {
        var queue = new FairQueue<string>(4);
        foreach (var item in new[] { "a1", "a2", "a3", "b1" })
            Assert.True(queue.TryAdd(item[..1], item, out _));
        Assert.False(queue.TryAdd("a", "a4", out var displaced));
        Assert.Null(displaced);
        Assert.True(queue.TryAdd("c", "c1", out displaced));
        Assert.Equal("a3", displaced);
        Assert.False(queue.TryAdd("b", "b2", out _)); // two of each would be no fairer
        Assert.Equal(["a1", "b1", "c1", "a2"], TakeAll(queue));
        Assert.Equal(0, queue.Count);
    }

    private static List<string> TakeAll(FairQueue<string> queue)
    {
        var taken = new List<string>();
        while (queue.TryTake(out var item))
            taken.Add(item);
        return taken;
    }
}
