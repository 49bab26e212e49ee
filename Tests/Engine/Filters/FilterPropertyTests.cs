using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using JadeVector.Engine.Filters;
using Xunit;

namespace JadeVector.Tests.Engine.Filters;

/// <summary>Random filters over random metadata agree with <see cref="ObviousFilter"/>. The vocabulary is small, so that about half the pairs match.</summary>
public sealed class FilterPropertyTests
{
    private static readonly string[] Scalars =
    [
        "0", "1", "-1", "2", "1.0", "0.5", "1e2", "100", "9007199254740992", "9007199254740993", "9007199254740992.0",
        "9223372036854775807", "-9223372036854775808", "9223372036854775808.0", "-0.0", "1e-300", "true", "false", "null",
        "\"\"", "\"a\"", "\"b\"", "\"ab\"", "\"\\u0061\"", "\"é\"", "\"e\\u0301\"", "\"🙂\"", "\"1\"", "\"true\"", "\"line\\nbreak\"",
    ];

    private static readonly string[] Names = ["a", "b", "é"];

    private static Gen<string> Scalar => Gen.Elements(Scalars);

    private static Gen<string> Ordered => Gen.Elements(Scalars.Where(text => text is not ("true" or "false" or "null")).ToArray());

    private static Gen<string> Name => Gen.Elements(Names);

    private static Gen<string> Path => Gen.OneOf(Name, from outer in Name from inner in Name select $"{outer}.{inner}");

    [Fact]
    public void Every_filter_agrees_with_the_obvious_evaluator()
    {
        var matched = 0;
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(20_000).WithQuietOnSuccess(true),
            Prop.ForAll(FilterOf(3).ToArbitrary(), ObjectOf(3).ToArbitrary(), (string filter, string metadata) =>
            {
                var expected = ObviousFilter.Matches(JsonNode.Parse(filter)!.AsObject(), JsonNode.Parse(metadata)!.AsObject());
                if (expected) matched++;
                return expected == Filter.Parse(Encoding.UTF8.GetBytes(filter)).Matches(Encoding.UTF8.GetBytes(metadata), "id"u8);
            }));
        Assert.InRange(matched, 2_000, 18_000);   // a vocabulary in which nearly all or nothing matches would test little
    }

    [Fact]
    public void Not_is_the_complement() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(2_000).WithQuietOnSuccess(true),
        Prop.ForAll(FilterOf(2).ToArbitrary(), ObjectOf(2).ToArbitrary(), (string filter, string metadata) =>
        {
            var row = Encoding.UTF8.GetBytes(metadata);
            return Filter.Parse(Encoding.UTF8.GetBytes(filter)).Matches(row, "id"u8)
                != Filter.Parse(Encoding.UTF8.GetBytes($$"""{"not":{{filter}}}""")).Matches(row, "id"u8);
        }));

    private static Gen<string> FilterOf(int depth)
    {
        if (depth == 0) return Leaf;
        var inner = FilterOf(depth - 1);
        return Gen.Frequency(
            (4, Leaf),
            (1, inner.ListOf().Select(parts => $$"""{"and":[{{string.Join(',', parts.Take(3))}}]}""")),
            (1, inner.ListOf().Select(parts => $$"""{"or":[{{string.Join(',', parts.Take(3))}}]}""")),
            (1, inner.Select(part => $$"""{"not":{{part}}}""")));
    }

    private static Gen<string> Leaf => from path in Path from asked in Asked select $$"""{"{{path}}":{{asked}}}""";

    private static Gen<string> Asked => Gen.OneOf(
        Scalar,
        List,
        from op in Operator from other in Operator select op.Split(':')[0] == other.Split(':')[0] ? $"{{{op}}}" : $"{{{op},{other}}}");

    private static Gen<string> Operator => Gen.OneOf(
        from op in Gen.Elements("$eq", "$ne", "$contains") from value in Scalar select $"\"{op}\":{value}",
        from op in Gen.Elements("$gt", "$gte", "$lt", "$lte") from value in Ordered select $"\"{op}\":{value}",
        from op in Gen.Elements("$in", "$nin") from list in List select $"\"{op}\":{list}",
        from value in Scalar from other in Scalar select $"\"$all\":[{value},{other}]",
        Gen.Elements("\"$exists\":true", "\"$exists\":false"),
        Gen.Elements("\"$regex\":\"^a\"", "\"$regex\":\"b|é\"", "\"$regex\":\"^.?$\""));

    private static Gen<string> List => Scalar.ListOf().Select(items => $"[{string.Join(',', items.Take(6))}]");

    private static Gen<string> ValueOf(int depth) => depth == 0
        ? Scalar
        : Gen.Frequency(
            (3, Scalar),
            (1, ValueOf(depth - 1).ListOf().Select(items => $"[{string.Join(", ", items.Take(4))}]")),
            (1, ObjectOf(depth - 1)));

    private static Gen<string> ObjectOf(int depth) =>
        from chosen in Gen.SubListOf(Names)
        from values in ValueOf(depth).ListOf(Names.Length)
        select "{ " + string.Join(", ", chosen.Zip(values, (name, value) => $"\"{name}\" : {value}")) + " }";
}
