using System.Text;
using System.Text.Json;
using JadeVector.Cli.Demo;
using JadeVector.Engine.Filters;
using JadeVector.Models.Embeddings;
using Xunit;

namespace JadeVector.Tests.Cli.Demo;

public sealed class FactsTests
{
    [Fact]
    public void There_are_a_few_hundred_facts_with_metadata_worth_filtering_on()
    {
        var facts = FactsDemo.Facts();
        Assert.InRange(facts.Count, 250, 300);
        Assert.Equal(facts.Count, facts.Select(fact => fact.Id).Distinct().Count());
        Assert.Equal(facts.Count, facts.Select(fact => fact.Text).Distinct().Count());
        Assert.Equal(10, facts.Select(fact => fact.Metadata.GetProperty("topic").GetString()).Distinct().Count());
        Assert.All(facts, fact =>
        {
            Assert.InRange(fact.Text.Length, 10, 120);
            Assert.NotEmpty(fact.Metadata.GetProperty("tags").EnumerateArray());
            if (fact.Metadata.TryGetProperty("year", out var year)) Assert.InRange(year.GetInt32(), 1, 2030);
        });
        Assert.True(facts.Count(fact => fact.Metadata.TryGetProperty("year", out _)) > 100);
        Assert.True(facts.Count(fact => fact.Metadata.TryGetProperty("country", out _)) > 100);
    }

    /// <summary>The demo shows what the product can do: its searches must find what a person would expect first.</summary>
    [Theory]
    [InlineData("Which rivers flow through Egypt?", "rivers-01")]
    [InlineData("astronauts who walked on the Moon", "space-04")]
    [InlineData("first woman", "space-03")]
    [InlineData("who invented a programming language", "computing-18")]
    [InlineData("the largest animal in the ocean", "animals-01")]
    [InlineData("tower in a capital", "cities-09")]
    public async Task A_shown_search_finds_what_is_expected_among_its_results(string text, string expected)
    {
        var filter = FactsDemo.Searches.Single(search => search.Text == text).Filter;
        Assert.Contains(expected, await Search(text, filter, 5));
    }

    [Fact]
    public async Task Every_shown_search_has_results_that_its_filter_admits()
    {
        foreach (var (text, filter) in FactsDemo.Searches) Assert.NotEmpty(await Search(text, filter, 5));
        Assert.All(await Search("a famous wall", """{"or":[{"country":"Germany"},{"country":"China"}]}""", 1), id => Assert.Contains(id, new[] { "cities-14", "history-23" }));
    }

    private static async Task<List<string>> Search(string text, string? filter, int topK)
    {
        var generator = new HashingEmbeddingGenerator(new HashingEmbeddingOptions { Dimension = TextDatabase.Dimension });
        var parsed = Filter.Parse(Encoding.UTF8.GetBytes(filter ?? "{}"));
        var facts = FactsDemo.Facts().Where(fact => parsed.Matches(JsonSerializer.SerializeToUtf8Bytes(fact.Metadata), Encoding.UTF8.GetBytes(fact.Id))).ToList();
        var vectors = await generator.GenerateAsync([text, .. facts.Select(fact => fact.Text)]);
        return [.. facts.Select((fact, i) => (fact.Id, Score: Dot(vectors[0].Vector.Span, vectors[i + 1].Vector.Span))).OrderByDescending(each => each.Score).Take(topK).Select(each => each.Id)];
    }

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0f;
        for (var i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
