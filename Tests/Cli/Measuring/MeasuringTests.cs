using JadeVector.Cli.Measuring;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;
using Xunit;

namespace JadeVector.Tests.Cli.Measuring;

public sealed class MeasuringTests
{
    /// <summary>Rows 0, 1, 2 … on a line; row 10 is a twin of row 2.</summary>
    private static NativeVectorRows Line()
    {
        var rows = new NativeVectorRows(2);
        for (var i = 0; i < 10; i++) rows.Append([i, 0]);
        rows.Append([2, 0]);
        return rows;
    }

    [Theory]
    [InlineData(new[] { 0, 1, 2 }, 1.0)]
    [InlineData(new[] { 2, 1, 0 }, 1.0)]
    [InlineData(new[] { 0, 1, 10 }, 1.0)]
    [InlineData(new[] { 0, 1, 2, 10 }, 1.0)]
    [InlineData(new[] { 0, 1, 3 }, 2.0 / 3)]
    [InlineData(new[] { 0, 0, 0 }, 1.0 / 3)]
    [InlineData(new[] { 7, 8, 9 }, 0.0)]
    [InlineData(new int[0], 0.0)]
    public void Recall_counts_the_true_nearest_and_their_equals_once(int[] found, double recall)
    {
        using var rows = Line();
        var truth = ExactTruth.Compute(rows, Metric.Euclidean, [[0, 0]], 3, CancellationToken.None);
        Assert.Equal(recall, truth.Recall(0, found), 6);
    }

    [Fact]
    public void Fewer_rows_than_asked_for_are_all_the_truth_there_is()
    {
        using var rows = Line();
        var truth = ExactTruth.Compute(rows, Metric.Euclidean, [[0, 0], [5, 5]], 100, CancellationToken.None);
        Assert.Equal(11, truth.K);
        Assert.Equal(1, truth.Recall(1, Enumerable.Range(0, 11)));
        Assert.Equal(10.0 / 11, truth.Recall(1, Enumerable.Range(0, 10)), 6);
    }

    [Fact]
    public void Truth_of_the_cosine_goes_by_the_angle()
    {
        using var rows = new NativeVectorRows(2);
        rows.Append([1, 0]);
        rows.Append([0.6f, 0.8f]);
        rows.Append([-1, 0]);
        var truth = ExactTruth.Compute(rows, Metric.Cosine, [[0.8f, 0.6f]], 2, CancellationToken.None);
        Assert.Equal((1, 0.5), (truth.Recall(0, [0, 1]), truth.Recall(0, [2, 1])));
    }

    [Theory]
    [InlineData(0.5, 50)]
    [InlineData(0.99, 99)]
    [InlineData(1.0, 100)]
    [InlineData(0.0, 1)]
    public void A_percentile_is_the_smallest_value_that_the_share_does_not_exceed(double share, int milliseconds)
    {
        TimeSpan[] sorted = [.. Enumerable.Range(1, 100).Select(value => TimeSpan.FromMilliseconds(value))];
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), SearchRun.Percentile(sorted, share));
    }
}
