using FsCheck;
using FsCheck.Fluent;

namespace JadeVector.Tests.Engine.Filters;

/// <summary>Random filters and metadata. The vocabulary is small, so that about half the pairs match.</summary>
internal static class FilterGenerators
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

    internal static Gen<string> FilterOf(int depth)
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

    internal static Gen<string> ObjectOf(int depth) =>
        from chosen in Gen.SubListOf(Names)
        from values in ValueOf(depth).ListOf(Names.Length)
        select "{ " + string.Join(", ", chosen.Zip(values, (name, value) => $"\"{name}\" : {value}")) + " }";
}
