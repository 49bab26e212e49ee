using JadeVector.Grains.Interfaces;
using JadeVector.Grains.Routing;
using Xunit;

namespace JadeVector.Tests.Grains;

public sealed class PositionTokenTests
{
    private const string Database = "db_01jd3zq6f8e9x0v7m2k4t5n6p7";

    [Fact]
    public void A_token_comes_back_as_it_went()
    {
        var token = new PositionToken(Database, 3, new Dictionary<int, ulong> { [0] = 17, [11] = ulong.MaxValue });
        var parsed = PositionToken.Parse(token.ToString(), Database)!;
        Assert.Equal((3L, 17ul, ulong.MaxValue, 0ul), (parsed.MapVersion, parsed.Of(0), parsed.Of(11), parsed.Of(5)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("!!!")]
    [InlineData("MTtkYjt4")]
    public void What_is_no_token_is_refused(string text) =>
        Assert.Equal("invalid_argument", Assert.Throws<JadeException>(() => PositionToken.Parse(text, Database)).Code);

    [Fact]
    public void A_token_of_another_database_is_gone()
    {
        var token = new PositionToken(Database, 1, new Dictionary<int, ulong>()).ToString();
        Assert.Equal("gone", Assert.Throws<JadeException>(() => PositionToken.Parse(token, "db_other")).Code);
    }
}
