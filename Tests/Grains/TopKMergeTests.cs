using System.Text;
using JadeVector.Grains.Interfaces;
using JadeVector.Grains.Routing;
using Xunit;

namespace JadeVector.Tests.Grains;

public sealed class TopKMergeTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Merging_equals_sorting_everything(int topK)
    {
        var random = new Random(11);
        var lists = Enumerable.Range(0, 5)
            .Select(list => Sorted(Enumerable.Range(0, random.Next(0, 40)).Select(i => Hit($"{list}-{i}", random.Next(0, 6)))))
            .ToArray();
        var expected = Sorted(lists.SelectMany(list => list)).Take(topK).Select(hit => hit.Id);
        Assert.Equal(expected, TopKMerge.Merge(lists, topK).Select(hit => hit.Id));
    }

    [Fact]
    public void Equal_similarities_come_in_the_order_of_id_bytes()
    {
        string[] ids = ["z", "é", "\uFFFD", "\U0001F600", "a"];
        var merged = TopKMerge.Merge([Sorted(ids.Take(3).Select(id => Hit(id, 1))), Sorted(ids.Skip(3).Select(id => Hit(id, 1)))], 10);
        Assert.Equal(ids.OrderBy(Encoding.UTF8.GetBytes, Comparer<byte[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b))), merged.Select(hit => hit.Id));
    }

    private static SearchHit Hit(string id, float similarity) => new() { Id = id, Similarity = similarity, Distance = -similarity, Version = 1 };

    private static SearchHit[] Sorted(IEnumerable<SearchHit> hits)
    {
        var array = hits.ToArray();
        Array.Sort(array, TopKMerge.Compare);
        return array;
    }
}
