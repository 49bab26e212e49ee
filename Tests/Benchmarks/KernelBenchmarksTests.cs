using JadeVector.Benchmarks.Kernels;
using JadeVector.Engine.Distance;
using Xunit;

namespace JadeVector.Tests.Benchmarks;

/// <summary>The benchmarks at sizes that take no time, so that they cannot rot.</summary>
public sealed class KernelBenchmarksTests
{
    [Theory]
    [InlineData(Metric.Cosine)]
    [InlineData(Metric.Euclidean)]
    [InlineData(Metric.Dot)]
    public void The_kernel_that_is_measured_computes_what_the_definition_does(Metric metric)
    {
        using var benchmarks = new DistanceBenchmarks { Metric = metric, Dimension = 19, Rows = 5 };
        benchmarks.Fill();
        Assert.Equal(benchmarks.Reference(), benchmarks.Compute(), 0.01);
        Assert.NotEqual(0, benchmarks.Compute());
    }
}
