using JadeVector.Engine;
using Xunit;

namespace JadeVector.Tests.Engine;

public sealed class StorageGenerationsTests
{
    [Theory]
    [InlineData("1-1:1", "1-1:1", null)]
    [InlineData("1-2:1", "1-1:1", null)]
    [InlineData("1-2:2", "1-2:1", null)]
    [InlineData("1-2:1", "1-2:2", null)]
    [InlineData("1-2:2", "1-1:1", "Set Jade:Storage:WriteGeneration to 1 until")]
    [InlineData("1-1:1", "1-2:2", "Start a newer release")]
    [InlineData("3-4:3", "1-3:2", "Update over a release in between")]
    public void A_node_joins_where_each_opens_what_the_others_write(string own, string other, string? conflict)
    {
        var why = StorageGenerations.Parse(own).ConflictWith(StorageGenerations.Parse(other), "n7");
        if (conflict is null)
        {
            Assert.Null(why);
            return;
        }

        Assert.Contains(conflict, why, StringComparison.Ordinal);
        Assert.Contains("'n7'", why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_release_writes_its_newest_unless_told_otherwise_and_nothing_it_cannot_open()
    {
        var release = new StorageGenerations(2, 4, 4);
        Assert.Equal((4, 3), (release.Writing(null).Written, release.Writing(3).Written));
        Assert.Throws<ArgumentOutOfRangeException>(() => release.Writing(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => release.Writing(5));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1-2")]
    [InlineData("1-2:x")]
    public void What_names_no_generations_is_refused(string text) => Assert.Throws<FormatException>(() => StorageGenerations.Parse(text));
}
