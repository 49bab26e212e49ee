using System.Text;
using JadeVector.Engine;
using JadeVector.Engine.Filters;
using Xunit;

namespace JadeVector.Tests.Engine.Filters;

public sealed class FilterFormsTests
{
    private static readonly byte[] Row = Encoding.UTF8.GetBytes("""{"category":"technology","score":0.85,"tags":["ai","ml"]}""");

    private static RefusalException Refused(string filter, FilterOptions? options = null) =>
        Assert.Throws<RefusalException>(() => Filter.Parse(Encoding.UTF8.GetBytes(filter), options ?? FilterOptions.Default));

    [Theory]
    [InlineData("""{"metadata.score":{"$gte":0.8},"metadata.tags":["ai"]}""", true)]
    [InlineData("""{"combination":"AND","conditions":[{"field":"metadata.category","op":"EQUALS","value":"technology"},{"field":"metadata.tags","op":"IN","value":"ai"}]}""", true)]
    [InlineData("""{"combination":"AND","conditions":[{"field":"metadata.category","op":"EQUALS","value":"x"},{"field":"metadata.tags","op":"IN","value":"ai"}]}""", false)]
    [InlineData("""{"combination":"OR","conditions":[{"field":"metadata.category","op":"EQUALS","value":"x"},{"field":"metadata.tags","op":"IN","values":["ai"]}]}""", true)]
    [InlineData("""{"conditions":[]}""", true)]
    [InlineData("""{"combination":"OR","conditions":[]}""", false)]
    [InlineData("""{"combination":"or","conditions":[{"field":"score","operator":"LESS_THAN","value":0.1}],"nested_filters":[{"conditions":[{"field":"score","op":"GREATER_THAN_OR_EQUAL","value":0.85},{"field":"tags","op":"CONTAINS","value":"ml"}]}]}""", true)]
    [InlineData("""[{"field":"category","operator":"$ne","value":"x"},{"field":"tags","op":"NOT_CONTAINS","value":"zz"}]""", true)]
    [InlineData("""[{"field":"tags","op":"NOT_IN","values":["ai"]}]""", false)]
    [InlineData("""[{"field":"owner","op":"NOT_EXISTS"},{"field":"score","op":"EXISTS"},{"field":"category","op":"MATCHES_REGEX","value":"^tech"}]""", true)]
    [InlineData("""[{"field":"score","op":"$exists","value":false}]""", false)]
    [InlineData("""{"field":"score","op":"GREATER_THAN","value":0.8}""", true)]
    [InlineData("""{"and":[{"field":"score","op":"LESS_THAN_OR_EQUAL","value":0.85},{"category":"technology"}]}""", true)]
    [InlineData("""{"score[$gte]":0.8,"tags[$in]":"ml","tags[$contains]":"ai"}""", true)]
    [InlineData("""{"score[$lt]":0.8}""", false)]
    public void JadeVectorDB_forms_are_read(string filter, bool matches) =>
        Assert.Equal(matches, Filter.Parse(Encoding.UTF8.GetBytes(filter)).Matches(Row, "id"u8));

    [Theory]
    [InlineData("""{"metadata.score":{"$gtee":1}}""", "filters.metadata.score.$gtee: unknown operator '$gtee'")]
    [InlineData("""{"or":[{"a":1},{"b":{"$near":1}}]}""", "filters.or[1].b.$near: unknown operator '$near'")]
    [InlineData("""{"a":{"gte":1}}""", "filters.a.gte: 'gte' is not an operator")]
    [InlineData("""{"$nor":[]}""", "filters.$nor: unknown connective '$nor'")]
    [InlineData("""{"a":{}}""", "filters.a: an empty object asks nothing")]
    [InlineData("""{"and":{"a":1}}""", "filters.and: must be an array of filters, not an object")]
    [InlineData("""{"and":[1]}""", "filters.and[0]: must be an object, not a number")]
    [InlineData("""{"not":[]}""", "filters.not: must be an object, not an array")]
    [InlineData("""{"a":{"$gt":true}}""", "filters.a.$gt: must be a number or a string, not a boolean")]
    [InlineData("""{"a":{"$gt":null}}""", "filters.a.$gt: must be a number or a string, not null")]
    [InlineData("""{"a":{"$eq":[1]}}""", "filters.a.$eq: must be a string, number, boolean or null, not an array")]
    [InlineData("""{"a":{"$in":1}}""", "filters.a.$in: must be an array, not a number")]
    [InlineData("""{"a":[1,{}]}""", "filters.a[1]: must be a string, number, boolean or null, not an object")]
    [InlineData("""{"a":{"$all":[]}}""", "filters.a.$all: an empty list asks nothing")]
    [InlineData("""{"a":{"$exists":1}}""", "filters.a.$exists: must be true or false, not a number")]
    [InlineData("""{"a":{"$regex":1}}""", "filters.a.$regex: must be a string, not a number")]
    [InlineData("""{"a":{"$regex":"("}}""", "filters.a.$regex: ")]
    [InlineData("""{"a":{"$regex":"(?=x)"}}""", "filters.a.$regex: the expression cannot be matched in linear time")]
    [InlineData("""{"a":{"$regex":"(x)\\1"}}""", "filters.a.$regex: the expression cannot be matched in linear time")]
    [InlineData("""{"a":{"$regex":"((x{1000}){1000}){1000}"}}""", "filters.a.$regex: the expression cannot be matched in linear time")]
    [InlineData("""{"a":1e999}""", "filters.a: the number is too large for a double")]
    [InlineData("""{"a..b":1}""", "filters.a..b: a field is names joined by dots")]
    [InlineData("""{"":1}""", "filters.: a field is names joined by dots")]
    [InlineData("""{"metadata.":1}""", "filters.metadata.: a field is names joined by dots")]
    [InlineData("""{"a\\x":1}""", "filters.a\\x: a field is names joined by dots")]
    [InlineData("""{"a[$foo]":1}""", "filters.a[$foo]: unknown operator '$foo'")]
    [InlineData("""[{"field":"a","op":"ALMOST","value":1}]""", "filters[0].op: unknown operator 'ALMOST'")]
    [InlineData("""[{"field":"a","op":"EQUALS"}]""", "filters[0]: a condition needs a value")]
    [InlineData("""[{"field":"a","op":"IN","value":1,"values":[2]}]""", "filters[0].values: a condition has value or values, not both")]
    [InlineData("""[{"field":"a","op":"EQUALS","value":1,"boost":2}]""", "filters[0].boost: a condition has field, op and value or values")]
    [InlineData("""[{"field":7,"op":"EQUALS","value":1}]""", "filters[0].field: must be a string, not a number")]
    [InlineData("""{"conditions":[],"combination":"XOR"}""", "filters.combination: must be \"AND\" or \"OR\"")]
    [InlineData("""{"conditions":[],"a":1}""", "filters.a: beside conditions there may be combination and nested_filters")]
    [InlineData("7", "filters: a filter is an object, or an array of conditions")]
    [InlineData("null", "filters: a filter is an object, or an array of conditions")]
    [InlineData("""{"a":""", "filters: not JSON")]
    [InlineData("", "filters: not JSON")]
    public void What_is_not_understood_is_refused_by_its_path(string filter, string detail)
    {
        var refusal = Refused(filter);
        Assert.Equal(RefusalCodes.InvalidArgument, refusal.Code);
        Assert.StartsWith(detail, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_filter_nested_too_deep_is_refused()
    {
        var options = new FilterOptions { DepthMax = 3 };
        Filter.Parse("""{"and":[{"or":[{"a":1}]}]}"""u8, options);
        var refusal = Refused("""{"and":[{"or":[{"not":{"a":1}}]}]}""", options);
        Assert.Equal(RefusalCodes.LimitExceeded, refusal.Code);
        Assert.StartsWith("filters.and[0].or[0].not: filters may nest 3 deep", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nesting_past_what_the_JSON_reader_takes_is_refused_not_a_crash()
    {
        var deep = string.Concat(Enumerable.Repeat("""{"not":""", 5_000)) + "{}" + new string('}', 5_000);
        Assert.StartsWith("filters: not JSON", Refused(deep).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_many_conditions_are_refused()
    {
        var options = new FilterOptions { ConditionsMax = 2 };
        Filter.Parse("""{"a":1,"b":{"$gt":1}}"""u8, options);
        var refusal = Refused("""{"a":1,"b":{"$gt":1,"$lt":9}}""", options);
        Assert.Equal(RefusalCodes.LimitExceeded, refusal.Code);
        Assert.Equal("filters.b.$lt: a filter may have 2 conditions.", refusal.Message);
    }

    [Fact]
    public void Too_long_a_list_is_refused_with_its_length()
    {
        var options = new FilterOptions { ListValuesMax = 2 };
        Filter.Parse("""{"a":[1,2]}"""u8, options);
        var refusal = Refused("""{"a":{"$nin":[1,2,3]}}""", options);
        Assert.Equal(RefusalCodes.LimitExceeded, refusal.Code);
        Assert.Equal("filters.a.$nin: a list may have 2 values; this one has 3.", refusal.Message);
    }

    [Fact]
    public void Too_long_an_expression_is_refused_with_its_length()
    {
        var options = new FilterOptions { RegexLengthMax = 3 };
        Filter.Parse("""{"a":{"$regex":"abc"}}"""u8, options);
        var refusal = Refused("""{"a":{"$regex":"abcd"}}""", options);
        Assert.Equal(RefusalCodes.LimitExceeded, refusal.Code);
        Assert.Equal("filters.a.$regex: a regular expression may have 3 characters; this one has 4.", refusal.Message);
    }

    [Fact]
    public void Options_outside_their_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new FilterOptions { DepthMax = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new FilterOptions { ConditionsMax = FilterLimits.ConditionsMax + 1 });
    }
}
