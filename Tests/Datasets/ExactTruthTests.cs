using JadeVector.Datasets;
using JadeVector.Engine.Distance;
using JadeVector.Engine.Memory;
using Xunit;

namespace JadeVector.Tests.Datasets;

public sealed class ExactTruthTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"jade-truth-{Guid.NewGuid():N}.ibin");

    public void Dispose() => File.Delete(_path);

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

    [Fact]
    public void Truth_that_is_written_and_read_again_judges_the_same()
    {
        using var rows = Line();
        float[][] queries = [[0, 0], [8, 0]];
        var truth = ExactTruth.Compute(rows, Metric.Euclidean, queries, 3, CancellationToken.None);
        using (var file = File.Create(_path)) truth.WriteTo(file);
        var read = ExactTruth.Read(_path, rows, Metric.Euclidean, queries, 3);
        Assert.Equal(truth.Recall(0, [0, 1, 3]), read.Recall(0, [0, 1, 3]));
        Assert.Equal((1, 0), (read.Recall(1, [7, 8, 9]), read.Recall(1, [0, 1, 2])));
    }

    [Fact]
    public void Truth_that_does_not_fit_is_refused()
    {
        using var rows = Line();
        using (var file = File.Create(_path)) ExactTruth.Compute(rows, Metric.Euclidean, [[9, 0]], 3, CancellationToken.None).WriteTo(file);
        Assert.Contains("fewer than 4", Assert.Throws<DatasetException>(() => ExactTruth.Read(_path, rows, Metric.Euclidean, [[9, 0]], 4)).Message, StringComparison.Ordinal);
        Assert.Contains("1 queries", Assert.Throws<DatasetException>(() => ExactTruth.Read(_path, rows, Metric.Euclidean, [[9, 0], [1, 0]], 3)).Message, StringComparison.Ordinal);
        using var fewer = new NativeVectorRows(2);
        for (var i = 0; i < 5; i++) fewer.Append([i, 0]);
        Assert.Contains("there are 5 rows", Assert.Throws<DatasetException>(() => ExactTruth.Read(_path, fewer, Metric.Euclidean, [[9, 0]], 3)).Message, StringComparison.Ordinal);
    }
}
