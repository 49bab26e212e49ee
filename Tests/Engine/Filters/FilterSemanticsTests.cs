using System.Text;
using JadeVector.Engine.Filters;
using Xunit;

namespace JadeVector.Tests.Engine.Filters;

/// <summary>The rows of the tables in docs/filters.md.</summary>
public sealed class FilterSemanticsTests
{
    private static bool Matches(string filter, string metadata, string id = "row-1") =>
        Filter.Parse(Encoding.UTF8.GetBytes(filter)).Matches(Encoding.UTF8.GetBytes(metadata), Encoding.UTF8.GetBytes(id));

    [Theory]
    [InlineData("""{"a":1}""", """{"a":1}""", true)]
    [InlineData("""{"a":1}""", """{"a":2}""", false)]
    [InlineData("""{"metadata.a":"x"}""", """{"a":"x"}""", true)]
    [InlineData("""{"a":1.0}""", """{"a":1}""", true)]
    [InlineData("""{"a":100}""", """{"a":1e2}""", true)]
    [InlineData("""{"a":0}""", """{"a":-0.0}""", true)]
    [InlineData("""{"a":true}""", """{"a":true}""", true)]
    [InlineData("""{"a":true}""", """{"a":1}""", false)]
    [InlineData("""{"a":"1"}""", """{"a":1}""", false)]
    [InlineData("""{"a":1}""", """{"a":"1"}""", false)]
    [InlineData("""{"a":null}""", """{"a":null}""", true)]
    [InlineData("""{"a":null}""", "{}", false)]
    [InlineData("""{"a":{"$ne":1}}""", """{"a":2}""", true)]
    [InlineData("""{"a":{"$ne":1}}""", """{"a":1}""", false)]
    [InlineData("""{"a":{"$ne":1}}""", """{"a":"1"}""", true)]
    [InlineData("""{"a":{"$ne":1}}""", "{}", true)]
    [InlineData("""{"a":{"$ne":1}}""", """{"a":[2,1]}""", false)]
    public void Equality_is_by_type_and_value(string filter, string metadata, bool matches) =>
        Assert.Equal(matches, Matches(filter, metadata));

    [Theory]
    [InlineData("""{"a":{"$gt":1}}""", """{"a":1}""", false)]
    [InlineData("""{"a":{"$gt":1}}""", """{"a":1.5}""", true)]
    [InlineData("""{"a":{"$gte":1}}""", """{"a":1}""", true)]
    [InlineData("""{"a":{"$lt":1}}""", """{"a":1}""", false)]
    [InlineData("""{"a":{"$lte":1}}""", """{"a":1}""", true)]
    [InlineData("""{"a":{"$gte":1,"$lt":3}}""", """{"a":3}""", false)]
    [InlineData("""{"a":{"$gte":1,"$lt":3}}""", """{"a":2}""", true)]
    [InlineData("""{"a":{"$gt":1}}""", """{"a":"2"}""", false)]
    [InlineData("""{"a":{"$lt":1}}""", """{"a":null}""", false)]
    [InlineData("""{"a":{"$lt":1}}""", """{"a":false}""", false)]
    [InlineData("""{"a":{"$lt":1}}""", "{}", false)]
    [InlineData("""{"a":{"$gte":"2024-01-01"}}""", """{"a":"2024-06-30T10:00:00Z"}""", true)]
    [InlineData("""{"a":{"$lt":"b"}}""", """{"a":"B"}""", true)]
    [InlineData("""{"a":{"$gt":"z"}}""", """{"a":"é"}""", true)]
    public void Order_is_of_numbers_by_value_and_of_strings_by_bytes(string filter, string metadata, bool matches) =>
        Assert.Equal(matches, Matches(filter, metadata));

    [Theory]
    [InlineData("9007199254740993", "9007199254740992", false)]
    [InlineData("9007199254740993", "9007199254740993", true)]
    [InlineData("9007199254740993", "9007199254740992.0", false)]
    [InlineData("9007199254740992", "9007199254740992.0", true)]
    [InlineData("9223372036854775807", "9223372036854775808.0", false)]
    [InlineData("-9223372036854775808", "-9223372036854775808.0", true)]
    [InlineData("9223372036854775807", "1e300", false)]
    [InlineData("0.1", "0.1", true)]
    public void Integers_and_doubles_are_compared_exactly(string wanted, string stored, bool areEqual)
    {
        Assert.Equal(areEqual, Matches($$"""{"a":{{wanted}}}""", $$"""{"a":{{stored}}}"""));
        Assert.Equal(areEqual, Matches($$"""{"a":{{stored}}}""", $$"""{"a":{{wanted}}}"""));
        Assert.Equal(areEqual, Matches($$$"""{"a":{"$in":[{{{wanted}}},"x"]}}""", $$"""{"a":{{stored}}}"""));
    }

    [Fact]
    public void An_integer_beyond_the_doubles_is_ordered_against_a_double()
    {
        Assert.True(Matches("""{"a":{"$gt":9007199254740992.0}}""", """{"a":9007199254740993}"""));
        Assert.False(Matches("""{"a":{"$gte":9007199254740993}}""", """{"a":9007199254740992.0}"""));
        Assert.True(Matches("""{"a":{"$gt":-1.5}}""", """{"a":-1}"""));
        Assert.True(Matches("""{"a":{"$lt":-1}}""", """{"a":-1.5}"""));
    }

    [Theory]
    [InlineData("""{"a":{"$in":[1,"x",null,true]}}""", """{"a":"x"}""", true)]
    [InlineData("""{"a":{"$in":[1,"x",null,true]}}""", """{"a":null}""", true)]
    [InlineData("""{"a":{"$in":[1,"x",null,true]}}""", """{"a":1.0}""", true)]
    [InlineData("""{"a":{"$in":[1,"x",null,true]}}""", """{"a":true}""", true)]
    [InlineData("""{"a":{"$in":[1,"x",null,true]}}""", """{"a":false}""", false)]
    [InlineData("""{"a":{"$in":[1,"x",null,true]}}""", """{"a":["y","x"]}""", true)]
    [InlineData("""{"a":{"$in":[1,"x"]}}""", "{}", false)]
    [InlineData("""{"a":{"$in":[]}}""", """{"a":1}""", false)]
    [InlineData("""{"a":["x","y"]}""", """{"a":"y"}""", true)]
    [InlineData("""{"a":["x","y"]}""", """{"a":["z"]}""", false)]
    [InlineData("""{"a":{"$nin":["x"]}}""", """{"a":"y"}""", true)]
    [InlineData("""{"a":{"$nin":["x"]}}""", """{"a":["y","x"]}""", false)]
    [InlineData("""{"a":{"$nin":["x"]}}""", "{}", true)]
    [InlineData("""{"a":{"$all":["x","y"]}}""", """{"a":["y","z","x"]}""", true)]
    [InlineData("""{"a":{"$all":["x","y"]}}""", """{"a":["y","z"]}""", false)]
    public void Lists_ask_for_any_none_or_all(string filter, string metadata, bool matches) =>
        Assert.Equal(matches, Matches(filter, metadata));

    [Theory]
    [InlineData("""{"a":{"$contains":"ell"}}""", """{"a":"hello"}""", true)]
    [InlineData("""{"a":{"$contains":"ELL"}}""", """{"a":"hello"}""", false)]
    [InlineData("""{"a":{"$contains":"ell"}}""", """{"a":["hello"]}""", false)]
    [InlineData("""{"a":{"$contains":"hello"}}""", """{"a":["x","hello"]}""", true)]
    [InlineData("""{"a":{"$contains":2}}""", """{"a":[1,2]}""", true)]
    [InlineData("""{"a":{"$contains":2}}""", """{"a":2}""", false)]
    [InlineData("""{"a.b":{"$contains":"ell"}}""", """{"a":[{"b":"hello"}]}""", true)]
    [InlineData("""{"a":{"$contains":"x"}}""", "{}", false)]
    [InlineData("""{"a":{"$regex":"^h.*o$"}}""", """{"a":"hello"}""", true)]
    [InlineData("""{"a":{"$regex":"ell"}}""", """{"a":["x","hello"]}""", true)]
    [InlineData("""{"a":{"$regex":"(?i)ELL"}}""", """{"a":"hello"}""", true)]
    [InlineData("""{"a":{"$regex":"1"}}""", """{"a":1}""", false)]
    [InlineData("""{"a":{"$regex":"."}}""", "{}", false)]
    public void Strings_are_searched(string filter, string metadata, bool matches) =>
        Assert.Equal(matches, Matches(filter, metadata));

    [Fact]
    public void A_string_longer_than_the_stack_buffer_is_searched_too()
    {
        var tail = new string('é', 5_000) + "needle";
        Assert.True(Matches("""{"a":{"$regex":"éneedle$"}}""", $$"""{"a":"{{tail}}"}"""));
        Assert.True(Matches("""{"a":{"$contains":"needle"}}""", $$"""{"a":"\n{{tail}}"}"""));
    }

    [Theory]
    [InlineData("""{"a":{"$exists":true}}""", """{"a":1}""", true)]
    [InlineData("""{"a":{"$exists":true}}""", """{"a":null}""", true)]
    [InlineData("""{"a":{"$exists":true}}""", """{"a":[]}""", true)]
    [InlineData("""{"a":{"$exists":true}}""", """{"a":{}}""", true)]
    [InlineData("""{"a":{"$exists":true}}""", "{}", false)]
    [InlineData("""{"a":{"$exists":false}}""", "{}", true)]
    [InlineData("""{"a":{"$exists":false}}""", "", true)]
    [InlineData("""{"a.b":{"$exists":true}}""", """{"a":{"c":1}}""", false)]
    [InlineData("""{"a.b":{"$exists":true}}""", """{"a":[{"c":1},{"b":1}]}""", true)]
    public void Presence_counts_any_value(string filter, string metadata, bool matches) =>
        Assert.Equal(matches, Matches(filter, metadata));

    [Theory]
    [InlineData("""{"a.b.c":1}""", """{"x":{"c":1},"a":{"b":{"d":0,"c":1}}}""", true)]
    [InlineData("""{"a.b":1}""", """{"a.b":1}""", false)]
    [InlineData("""{"a\\.b":1}""", """{"a.b":1}""", true)]
    [InlineData("""{"a\\\\b":1}""", """{"a\\b":1}""", true)]
    [InlineData("""{"metadata.metadata.x":1}""", """{"metadata":{"x":1}}""", true)]
    [InlineData("""{"a.b":1}""", """{"a":[{"b":0},{"b":1}]}""", true)]
    [InlineData("""{"a":3}""", """{"a":[[1,[2]],[3]]}""", true)]
    [InlineData("""{"a":1}""", """{"a":{"a":1}}""", false)]
    [InlineData("""{"a":1}""", """{"b":{"a":1}}""", false)]
    [InlineData("""{"a":{"$eq":1}}""", """{"a":[]}""", false)]
    [InlineData("""{"a":{"$gte":5,"$lte":5}}""", """{"a":[1,9]}""", true)]
    public void Dots_descend_objects_and_arrays_are_transparent(string filter, string metadata, bool matches) =>
        Assert.Equal(matches, Matches(filter, metadata));

    [Theory]
    [InlineData("{}", true)]
    [InlineData("[]", true)]
    [InlineData("""{"and":[]}""", true)]
    [InlineData("""{"or":[]}""", false)]
    [InlineData("""{"not":{}}""", false)]
    [InlineData("""{"not":{"or":[]}}""", true)]
    [InlineData("""{"or":[{"a":2},{"b":"x"}]}""", true)]
    [InlineData("""{"$or":[{"a":2},{"b":"y"}]}""", false)]
    [InlineData("""{"and":[{"a":1},{"b":"x"}]}""", true)]
    [InlineData("""{"$and":[{"a":1},{"b":"y"}]}""", false)]
    [InlineData("""{"a":1,"b":"y"}""", false)]
    [InlineData("""{"$not":{"a":1}}""", false)]
    [InlineData("""{"a":{"$not":{"$gt":5}}}""", true)]
    [InlineData("""{"missing":{"$not":{"$gt":5}}}""", true)]
    [InlineData("""{"a":1,"or":[{"and":[{"b":"x"},{"not":{"a":2}}]},{"b":"z"}]}""", true)]
    public void Connectives_nest(string filter, bool matches) =>
        Assert.Equal(matches, Matches(filter, """{"a":1,"b":"x"}"""));

    [Theory]
    [InlineData("""{"id":"row-1"}""", true)]
    [InlineData("""{"id":["x","row-1"]}""", true)]
    [InlineData("""{"id":{"$ne":"row-1"}}""", false)]
    [InlineData("""{"id":{"$regex":"^row-"}}""", true)]
    [InlineData("""{"id":{"$gt":"row-0","$lt":"row-2"}}""", true)]
    [InlineData("""{"id":{"$contains":"w-"}}""", true)]
    [InlineData("""{"id":{"$exists":true}}""", true)]
    [InlineData("""{"id":7}""", false)]
    [InlineData("""{"metadata.id":7}""", true)]
    public void The_id_is_a_field(string filter, bool matches) =>
        Assert.Equal(matches, Matches(filter, """{"id":7}"""));

    [Theory]
    [InlineData("""{"a":"naïve 🙂"}""", """{"a":"na\u00efve \ud83d\ude42"}""", true)]
    [InlineData("""{"a":"na\u00EFve"}""", """{"a":"naïve"}""", true)]
    [InlineData("""{"a":"nai\u0308ve"}""", """{"a":"naïve"}""", false)]
    [InlineData("""{"größe":1}""", """{"gr\u00f6\u00dfe":1}""", true)]
    [InlineData("""{"a":"\"\\\/\b\f\n\r\t"}""", """{"a":"\u0022\u005c\u002F\u0008\u000c\u000a\u000d\u0009"}""", true)]
    [InlineData("""{"a":"\ufffd"}""", """{"a":"\ud800"}""", true)]
    [InlineData("""{"a":"x\ufffdy"}""", """{"a":"x\udc00y"}""", true)]
    [InlineData("""{"a":"\ud800"}""", """{"a":"\ufffd"}""", true)]
    [InlineData("""{"\ud800":1}""", """{"\ud800":1}""", true)]
    public void Escapes_mean_their_text_and_nothing_is_normalised(string filter, string metadata, bool matches) =>
        Assert.Equal(matches, Matches(filter, metadata));

    [Fact]
    public void Strings_are_in_order_of_code_points_beyond_the_basic_plane() =>
        Assert.True(Matches("""{"a":{"$gt":"\uffff"}}""", """{"a":"🙂"}"""));

    [Fact]
    public void Asking_a_row_allocates_nothing()
    {
        var filter = Filter.Parse("""{"a.b":{"$gte":2},"tags":["x","y"],"name":{"$contains":"é"},"or":[{"id":"z"},{"s":{"$regex":"q+"}}]}"""u8);
        var metadata = """{"z":[1,{"y":2}],"a":{"b":3.5},"tags":["w","y"],"name":"caf\u00e9","s":"aqqa"}"""u8;
        Assert.True(filter.Matches(metadata, "id"u8));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++) filter.Matches(metadata, "id"u8);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000, "a scan of a thousand rows allocated");
    }
}
