using System.Globalization;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using JadeVector.Engine.MetadataIndexes;
using JadeVector.Tests.Engine.Filters;
using Xunit;

namespace JadeVector.Tests.Engine.MetadataIndexes;

/// <summary>An index answers as the filter does for each row: <see cref="JadeVector.Engine.Filters.Filter.Matches"/> is the reference.</summary>
public sealed class FilterEvaluatorTests
{
    [Fact]
    public void Random_filters_over_random_metadata_match_the_rows_that_a_scan_matches()
    {
        var sets = Enumerable.Range(0, 20).Select(i => new IndexedDocuments(Documents(count: 1 + (i * 17), depth: i % 4, seed: (ulong)i))).ToArray();
        long matched = 0, asked = 0;
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(2_500).WithQuietOnSuccess(true),
            Prop.ForAll(FilterGenerators.FilterOf(3).ToArbitrary(), Gen.Choose(0, sets.Length - 1).ToArbitrary(), (string filter, int set) =>
            {
                var expected = sets[set].Scan(filter);
                matched += expected.Length;
                asked += sets[set].Count;
                return expected.SequenceEqual(sets[set].Matches(filter)) && sets[set].Estimate(filter) is var estimate
                    && estimate.AtMost >= expected.Length && estimate.Likely >= 0 && estimate.Likely <= estimate.AtMost;
            }));
        Assert.InRange(matched, asked / 10, asked * 9 / 10);   // nearly all or nothing would test little
        Array.ForEach(sets, set => set.Dispose());
    }

    [Fact]
    public void Ranges_over_many_distinct_numbers_and_strings_match_exactly()
    {
        var random = new Random(3);
        using var documents = new IndexedDocuments(Enumerable.Range(0, 2_000).Select(_ => random.Next(20) switch
        {
            0 => "{}",
            1 => """{"n":"text","s":1}""",
            2 => $$"""{"n":{{Number(random.NextDouble() * 1_000)}},"s":"k{{random.Next(3_000)}}"}""",
            _ => $$"""{"n":{{random.Next(1_000)}},"s":"k{{random.Next(3_000)}}"}""",
        }));
        for (var i = 0; i < 60; i++)
        {
            var op = (string[])["$gt", "$gte", "$lt", "$lte"];
            var limit = random.Next(2) == 0 ? Number(random.Next(-10, 1_010)) : Number(random.NextDouble() * 1_000);
            Agree(documents, $$$"""{"n":{"{{{op[random.Next(4)]}}}":{{{limit}}}}}""");
            Agree(documents, $$$"""{"s":{"{{{op[random.Next(4)]}}}":"k{{{random.Next(3_000)}}}"}}""");
            Agree(documents, $$$"""{"n":{"$gte":{{{limit}}},"$lt":{{{Number(random.Next(1_000))}}}}}""");
        }
    }

    [Fact]
    public void Ranges_over_arrays_of_numbers_match_when_one_element_does()
    {
        var random = new Random(4);
        using var documents = new IndexedDocuments(Enumerable.Range(0, 3_000).Select(_ =>
            $$"""{"n":[{{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => random.Next(2_000)))}}]}"""));
        for (var limit = 0; limit < 2_000; limit += 37)
        {
            Agree(documents, $$$"""{"n":{"$gte":{{{limit}}}}}""");
            Agree(documents, $$$"""{"n":{"$lt":{{{limit}}}}}""");
        }
    }

    [Theory]
    [InlineData("9007199254740993", new[] { 1 })]
    [InlineData("9007199254740992", new[] { 0, 2 })]
    [InlineData("9007199254740992.0", new[] { 0, 2 })]
    [InlineData("1", new[] { 3, 4 })]
    [InlineData("1.0", new[] { 3, 4 })]
    [InlineData("0", new[] { 5, 6 })]
    [InlineData("\"1\"", new[] { 7 })]
    [InlineData("true", new[] { 8 })]
    [InlineData("null", new[] { 9 })]
    [InlineData("1e300", new[] { 10 })]
    [InlineData("9223372036854775807", new[] { 11 })]
    public void Numbers_are_equal_by_exact_value_and_to_no_other_type(string value, int[] rows)
    {
        string[] written = ["9007199254740992", "9007199254740993", "9007199254740992.0", "1", "1.0", "-0.0", "0", "\"1\"", "true", "null", "1e300", "9223372036854775807", "9223372036854775808"];
        using var documents = new IndexedDocuments(written.Select(each => $$"""{"f":{{each}}}"""));
        Assert.Equal(rows, documents.Matches($$"""{"f":{{value}}}"""));
        Agree(documents, $$"""{"f":{{value}}}""");
    }

    [Fact]
    public void Strings_too_long_for_the_index_are_tested_row_by_row()
    {
        var longText = new string('x', 300);
        using var documents = new IndexedDocuments([$$"""{"t":"{{longText}}"}""", """{"t":"short"}""", $$"""{"t":["{{longText}}y","a"]}""", "{}"]);
        Assert.Equal([0], documents.Matches($$"""{"t":"{{longText}}"}"""));
        Assert.Equal([1, 3], documents.Matches("""{"not":{"t":{"$regex":"x"}}}"""));
        foreach (var filter in (string[])["""{"t":{"$contains":"xx"}}""", """{"t":{"$gt":"t"}}""", """{"t":{"$nin":["short","a"]}}""", """{"t":{"$exists":true}}""", $$$"""{"t":{"$in":["a","{{{longText}}}"]}}"""])
            Agree(documents, filter);
        Assert.Equal(1, documents.Estimate("""{"t":"short"}""").AtMost);
    }

    [Fact]
    public void Fields_beyond_the_limit_are_tested_row_by_row()
    {
        using var documents = new IndexedDocuments(Enumerable.Range(0, 600).Select(i => $$"""{"a{{i}}":1,"b{{i}}":{"c":2},"all":{{i}}}"""));
        Assert.True(documents.Index.HasOtherFields);
        foreach (var filter in (string[])["""{"a3":1}""", """{"a599":1}""", """{"b598.c":2}""", """{"b598":{"$exists":true}}""", """{"not":{"a599":1}}""", """{"all":{"$gte":590}}""", """{"nowhere":1}"""])
            Agree(documents, filter);
    }

    [Fact]
    public void Metadata_that_is_no_json_makes_the_answer_fail_as_a_scan_does()
    {
        using var documents = new IndexedDocuments(["""{"a":1}""", """{"a":1,"b":""", """{"a":2}"""]);
        Assert.ThrowsAny<JsonException>(() => documents.Scan("""{"b":1}"""));
        Assert.ThrowsAny<JsonException>(() => documents.Matches("""{"b":1}"""));
    }

    [Fact]
    public void Ids_are_looked_up_and_other_tests_of_them_asked_row_by_row()
    {
        using var documents = new IndexedDocuments(Enumerable.Range(0, 30).Select(i => $$"""{"n":{{i % 3}}}"""));
        Assert.Equal([7], documents.Matches("""{"id":"v7"}"""));
        foreach (var filter in (string[])["""{"id":["v7","v9","nobody"]}""", """{"id":{"$regex":"1$"}}""", """{"id":{"$ne":"v7"},"n":1}""", """{"id":{"$gte":"v25"}}""", """{"id":7}""", """{"id":{"$exists":true}}""", """{"id":""}"""])
            Agree(documents, filter);
    }

    [Fact]
    public void Estimate_counts_single_conditions_exactly()
    {
        using var documents = new IndexedDocuments(Enumerable.Range(0, 1_000).Select(i => $$"""{"n":{{i}},"tag":"t{{i % 10}}"}"""));
        Assert.Equal((100, 100.0), Of(documents.Estimate("""{"tag":"t3"}""")));
        Assert.Equal((250, 250.0), Of(documents.Estimate("""{"n":{"$lt":250}}""")));
        Assert.Equal((100, 25.0), Of(documents.Estimate("""{"tag":"t3","n":{"$lt":250}}""")));
        Assert.Equal((0, 0.0), Of(documents.Estimate("""{"tag":"t3","n":{"$lt":0}}""")));
        Assert.Equal((200, 190.0), Of(documents.Estimate("""{"or":[{"tag":"t3"},{"n":{"$gte":900}}]}""")));
        Assert.Equal(900.0, documents.Estimate("""{"tag":{"$ne":"t3"}}""").Likely);
    }

    private static (int AtMost, double Likely) Of(RowEstimate estimate) => ((int)estimate.AtMost, Math.Round(estimate.Likely, 6));

    private static void Agree(IndexedDocuments documents, string filter)
    {
        var expected = documents.Scan(filter);
        var found = documents.Matches(filter);
        Assert.True(expected.SequenceEqual(found), $"{filter}: {string.Join(',', found.Except(expected))} too many, {string.Join(',', expected.Except(found))} missing");
    }

    private static string[] Documents(int count, int depth, ulong seed) => [.. FilterGenerators.ObjectOf(depth).Sample(10, new Rnd(seed), count)];

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
