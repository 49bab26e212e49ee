using JadeVector.Engine.Distance;
using JadeVector.Engine.Hnsw;
using JadeVector.Engine.Memory;
using Xunit;

namespace JadeVector.Tests.Engine.Hnsw;

/// <summary>
/// The work that searches do, as exact numbers: coordinates are small integers, so that distances are exact and the same at every vector width. A change
/// of these numbers is a change of the algorithm. For the reviewer: fewer at the same hits is good; more needs a reason; other hits are a fault.
/// </summary>
public sealed class HnswWorkTests
{
    private const int Side = 30;

    /// <summary>What is asked for, then the hops and distances it takes and the nearest places, as 30 y + x, nearest first, ties by age.</summary>
    public static TheoryData<string, float, float, int, int, int, int[]> Baseline => new()
    {
        { "The corner: the walk crosses the grid through the upper levels and stays in the corner.", 0, 0, 1, 21, 50, [0, 1, 30, 31, 2] },
        { "The middle: about the work of the corner; four neighbours are equally near.", 15, 14, 1, 18, 48, [435, 465, 434, 405, 436] },
        { "Far outside: the nearest are a run along the edge.", 100, 3, 1, 19, 54, [119, 149, 89, 59, 179] },
        { "The middle again, where one row in ten counts: a circle of about ten times the area.", 15, 14, 10, 93, 154, [434, 495, 374, 376, 491] },
    };

    [Theory, MemberData(nameof(Baseline))]
    public void Search_of_a_grid_takes_the_work_of_the_baseline(string description, float x, float y, int n, int hops, int distances, int[] hits)
    {
        var order = Enumerable.Range(0, Side * Side).ToArray();
        new Random(42).Shuffle(order);
        using var rows = new NativeVectorRows(2);
        foreach (var place in order)
            rows.Append([place % Side, place / Side]);
        using var graph = new HnswGraph(rows, Metric.Euclidean, new HnswOptions { M = 4, EfConstruction = 32 });
        var scratch = new HnswScratch();
        for (var row = 0; row < rows.Count; row++)
            graph.Insert(row, scratch);
        var results = new RowDistance[5];
        SearchStats stats = default;
        var found = n == 1
            ? graph.Search([x, y], 5, 10, default(AllRows), scratch, results, ref stats, CancellationToken.None)
            : graph.Search([x, y], 5, 10, new EveryNth(n), scratch, results, ref stats, CancellationToken.None);
        var actual = $"{stats.Hops} hops, {stats.Distances} distances, [{string.Join(", ", results.AsSpan(0, found).ToArray().Select(result => order[result.Row]))}]";
        Assert.True($"{hops} hops, {distances} distances, [{string.Join(", ", hits)}]" == actual, $"{description} Now: {actual}");
    }
}
