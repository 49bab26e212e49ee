using JadeVector.Benchmarks.Scanning;
using JadeVector.Engine.Distance;
using Xunit;

namespace JadeVector.Tests.Benchmarks;

public sealed class ScanRunTests
{
    [Theory]
    [InlineData(7, 300)]
    [InlineData(128, 40)]
    public void What_is_measured_is_a_scan_and_a_read_of_the_same_rows(int dimension, int rows)
    {
        using var run = new ScanRun(rows, dimension, Metric.Euclidean, runs: 1);
        var half = rows / 2;
        Assert.Equal(run.Sum(0, rows), run.Sum(0, half) + run.Sum(half, rows - half), 1e-3);
        Assert.Equal(run.Scan(0, rows, 1)[0].Items.ToArray(), run.Scan(0, rows, ScanRun.QueriesPerPass)[0].Items.ToArray());
        var seconds = run.Measure(threads: 2);
        Assert.True(seconds.Read > 0 && seconds.One > 0 && seconds.Eight > 0);
        using var output = new StringWriter();
        run.Write(1, output, CancellationToken.None);
        Assert.Contains("| 1 |", output.ToString(), StringComparison.Ordinal);
    }
}
