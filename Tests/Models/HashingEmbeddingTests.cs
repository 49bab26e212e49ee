using System.Globalization;
using JadeVector.Models.Embeddings;
using Microsoft.Extensions.AI;
using Xunit;

namespace JadeVector.Tests.Models;

public sealed class HashingEmbeddingTests
{
    private static readonly HashingEmbeddingGenerator Generator = new(new HashingEmbeddingOptions());

    private static float[] Embed(string text, int? dimension = null) =>
        Generator.GenerateAsync([text], dimension is null ? null : new EmbeddingGenerationOptions { Dimensions = dimension }).Result[0].Vector.ToArray();

    private static double Cosine(string a, string b) => Embed(a).Zip(Embed(b), (x, y) => (double)x * y).Sum();

    [Theory]
    [InlineData("The river Nile flows through Egypt", "Which rivers flow through Egypt?", "Mozart composed the opera at twenty")]
    [InlineData("Copper conducts electricity well", "a metal that conducts electricity", "The whale is a marine mammal")]
    [InlineData("The first computers used vacuum tubes", "early computing with vacuum tube computers", "Rice is the staple food of Asia")]
    [InlineData("Jupiter is the largest planet", "What is the largest planet of them all", "What is the name of the longest river of them all")]
    [InlineData("東京は日本の首都です", "日本の首都", "海の魚")]
    [InlineData("北京是中国的首都", "中国首都", "大海里的鱼")]
    [InlineData("Москва — столица России", "столица россии", "большая река")]
    public void Related_texts_are_nearer_than_unrelated_ones(string text, string related, string unrelated) =>
        Assert.True(Cosine(text, related) > Cosine(text, unrelated) + 0.1, $"{Cosine(text, related):0.000} against {Cosine(text, unrelated):0.000}");

    [Theory]
    [InlineData("The Nile", "  the NILE! ")]
    [InlineData("Élan", "élan")]
    public void Case_and_punctuation_make_no_difference(string a, string b) => Assert.Equal(Embed(a), Embed(b));

    [Fact]
    public void The_order_of_words_makes_a_difference() => Assert.True(Cosine("dog bites man", "man bites dog") is > 0.5 and < 0.99);

    [Theory]
    [InlineData("one")]
    [InlineData("a longer text with many words, many of them more than once, many")]
    [InlineData("of")]
    [InlineData("x")]
    [InlineData("🙂🙃")]
    [InlineData("?!")]
    public void Vectors_have_unit_length(string text) => Assert.Equal(1, Embed(text).Sum(value => (double)value * value), 5);

    [Theory]
    [InlineData("")]
    [InlineData(" \t\n")]
    public void An_empty_text_has_no_direction(string text) => Assert.All(Embed(text), value => Assert.Equal(0, value));

    [Fact]
    public void A_word_of_a_megabyte_is_one_word() => Assert.Equal(1, Embed(new string('x', 1 << 20)).Sum(value => (double)value * value), 5);

    /// <summary>Stored vectors depend on these numbers: if they change, the embedder needs a new name.</summary>
    [Fact]
    public void The_same_text_gives_the_known_vector() => Assert.Equal(
        "-0.2267 0.1637 -0.1827 -0.1137 -0.2953 0.1525 0.6001 0.6363",
        string.Join(' ', Embed("The quick brown fox jumps over the lazy dog", 8).Select(value => value.ToString("0.0000", CultureInfo.InvariantCulture))));

    [Fact]
    public async Task The_number_of_dimensions_is_the_callers()
    {
        Assert.Equal(HashingEmbeddingOptions.DimensionDefault, Embed("a").Length);
        Assert.Equal(100, Embed("a", 100).Length);
        Assert.Equal(32, (await new HashingEmbeddingGenerator(new HashingEmbeddingOptions { Dimension = 32 }).GenerateAsync(["a"]))[0].Vector.Length);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Generator.GenerateAsync(["a"], new EmbeddingGenerationOptions { Dimensions = 7 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new HashingEmbeddingOptions { Dimension = 65_537 });
    }

    [Fact]
    public async Task Every_text_of_a_batch_gets_its_vector_in_order()
    {
        var together = await Generator.GenerateAsync(["red", "green", "blue"]);
        Assert.Equal([Embed("red"), Embed("green"), Embed("blue")], together.Select(each => each.Vector.ToArray()));
    }

    [Fact]
    public void It_says_what_it_is()
    {
        var metadata = Generator.GetService<EmbeddingGeneratorMetadata>()!;
        Assert.Equal(("jade-hashing-v1", 256), (metadata.DefaultModelId, metadata.DefaultModelDimensions));
        Assert.Same(Generator, Generator.GetService<HashingEmbeddingGenerator>());
    }
}
