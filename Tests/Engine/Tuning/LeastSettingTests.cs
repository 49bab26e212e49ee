using JadeVector.Engine.Tuning;
using Xunit;

namespace JadeVector.Tests.Engine.Tuning;

public sealed class LeastSettingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(700)]
    [InlineData(1_000)]
    public void The_least_setting_that_reaches_the_recall_is_found(int least) =>
        Assert.Equal(least, new LeastSetting(1, 1_000, setting => setting >= least ? 0.95 : 0.9).Find(0.95));

    [Fact]
    public void A_recall_that_no_setting_reaches_is_not_made_up() =>
        Assert.Null(new LeastSetting(1, 1_000, setting => setting / 2_000.0).Find(0.6));

    [Fact]
    public void No_setting_is_measured_twice()
    {
        var tried = new List<int>();
        var settings = new LeastSetting(1, 1_000, setting =>
        {
            tried.Add(setting);
            return setting / 1_000.0;
        });
        Assert.Equal((500, 900), (settings.Find(0.5), settings.Find(0.9)));
        Assert.Equal(tried.Count, tried.Distinct().Count());
        Assert.Equal(tried.Order(), settings.Measured.Keys);
    }
}
