using JadeVector.Cli.Measuring;
using Xunit;

namespace JadeVector.Tests.Cli.Measuring;

public sealed class MeasuringTests
{
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
