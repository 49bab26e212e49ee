using System.Text;
using JadeVector.Engine.Hashing;
using Xunit;

namespace JadeVector.Tests.Engine.Hashing;

public sealed class HashingTests
{
    [Fact]
    public void Crc32C_gives_the_known_answer() =>
        Assert.Equal(0xE3069283u, Crc32C.Compute("123456789"u8));

    [Fact]
    public void Crc32C_continues_from_what_came_before() =>
        Assert.Equal(Crc32C.Compute("123456789"u8), Crc32C.Compute("6789"u8, Crc32C.Compute("12345"u8)));

    [Theory]
    [InlineData("", 0xEF46DB3751D8E999ul)]
    [InlineData("a", 0xD24EC4F1A98C6E5Bul)]
    [InlineData("abc", 0x44BC2CF5AD770999ul)]
    [InlineData("Nobody inspects the spammish repetition", 0xFBCEA83C8A378BF1ul)]
    public void XxHash64_gives_the_known_answers(string text, ulong hash) =>
        Assert.Equal(hash, XxHash64.Compute(Encoding.UTF8.GetBytes(text)));
}
