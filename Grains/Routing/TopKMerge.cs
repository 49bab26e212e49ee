using JadeVector.Grains.Interfaces;

namespace JadeVector.Grains.Routing;

/// <summary>Merges sorted lists of results by a heap of their heads: topK · log(lists) comparisons.</summary>
internal static class TopKMerge
{
    private static readonly IComparer<SearchHit> BestFirst = Comparer<SearchHit>.Create(Compare);

    /// <summary>Higher similarity first, then the lower id in bytes.</summary>
    public static int Compare(SearchHit a, SearchHit b)
    {
        var bySimilarity = b.Similarity.CompareTo(a.Similarity);
        return bySimilarity != 0 ? bySimilarity : Utf8Order.Compare(a.Id, b.Id);
    }

    /// <param name="lists">Each in the order of <see cref="Compare"/>.</param>
    /// <returns>The first <paramref name="topK"/> of all, in that order.</returns>
    public static IReadOnlyList<SearchHit> Merge(IReadOnlyList<SearchHit>[] lists, int topK)
    {
        var heads = new PriorityQueue<int, SearchHit>(lists.Length, BestFirst);
        var next = new int[lists.Length];
        for (var list = 0; list < lists.Length; list++)
        {
            if (lists[list].Count > 0)
            {
                heads.Enqueue(list, lists[list][0]);
            }
        }

        var merged = new List<SearchHit>(Math.Min(topK, lists.Sum(list => list.Count)));
        while (merged.Count < topK && heads.TryDequeue(out var list, out var hit))
        {
            merged.Add(hit);
            if (++next[list] < lists[list].Count)
            {
                heads.Enqueue(list, lists[list][next[list]]);
            }
        }

        return merged;
    }
}
