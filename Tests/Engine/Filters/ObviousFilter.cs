using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace JadeVector.Tests.Engine.Filters;

/// <summary>The semantics of docs/filters.md written the slow, plain way: materialise the values of a field, then ask them. Field forms only.</summary>
internal static class ObviousFilter
{
    internal static bool Matches(JsonObject filter, JsonObject metadata) => filter.All(member => member.Key switch
    {
        "and" => member.Value!.AsArray().All(part => Matches(part!.AsObject(), metadata)),
        "or" => member.Value!.AsArray().Any(part => Matches(part!.AsObject(), metadata)),
        "not" => !Matches(member.Value!.AsObject(), metadata),
        _ => FieldMatches(Reached([metadata], member.Key.Split('.')), member.Value),
    });

    private static bool FieldMatches(List<JsonNode?> reached, JsonNode? asked) => asked switch
    {
        JsonObject operators => operators.All(each => OperatorMatches(reached, each.Key, each.Value)),
        JsonArray list => OperatorMatches(reached, "$in", list),
        _ => OperatorMatches(reached, "$eq", asked),
    };

    private static bool OperatorMatches(List<JsonNode?> reached, string op, JsonNode? asked)
    {
        var values = reached.SelectMany(Flatten).ToList();
        return op switch
        {
            "$eq" => values.Any(value => AreEqual(value, asked)),
            "$ne" => !values.Any(value => AreEqual(value, asked)),
            "$gt" => values.Any(value => Order(value, asked) > 0),
            "$gte" => values.Any(value => Order(value, asked) >= 0),
            "$lt" => values.Any(value => Order(value, asked) < 0),
            "$lte" => values.Any(value => Order(value, asked) <= 0),
            "$in" => values.Any(value => asked!.AsArray().Any(item => AreEqual(value, item))),
            "$nin" => !values.Any(value => asked!.AsArray().Any(item => AreEqual(value, item))),
            "$all" => asked!.AsArray().All(item => values.Any(value => AreEqual(value, item))),
            "$exists" => reached.Count > 0 == asked!.GetValue<bool>(),
            "$contains" => reached.Any(value => value is JsonArray
                ? Flatten(value).Any(element => AreEqual(element, asked))
                : Text(value) is { } text && Text(asked) is { } part && text.Contains(part, StringComparison.Ordinal)),
            "$regex" => values.Any(value => Text(value) is { } text && Regex.IsMatch(text, Text(asked)!, RegexOptions.CultureInvariant)),
            _ => throw new ArgumentException(op),
        };
    }

    /// <summary>What stands at the path, arrays at its end still whole.</summary>
    private static List<JsonNode?> Reached(IEnumerable<JsonNode?> from, ReadOnlySpan<string> names)
    {
        var here = from.ToList();
        foreach (var name in names)
            here = [.. here.SelectMany(Flatten).OfType<JsonObject>().Where(each => each.ContainsKey(name)).Select(each => each[name])];
        return here;
    }

    private static IEnumerable<JsonNode?> Flatten(JsonNode? node) => node is JsonArray array ? array.SelectMany(Flatten) : [node];

    private static bool AreEqual(JsonNode? a, JsonNode? b)
    {
        if (a is JsonObject) return false;
        if (a is null || b is null) return a is null && b is null;
        return a.GetValueKind() == b.GetValueKind() && (Order(a, b) ?? 0) == 0;
    }

    private static int? Order(JsonNode? a, JsonNode? b)
    {
        if (Text(a) is { } left && Text(b) is { } right) return string.CompareOrdinal(left, right);
        if (Number(a) is not { } x || Number(b) is not { } y) return null;
        return (x.Numerator * y.Denominator).CompareTo(y.Numerator * x.Denominator);
    }

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>The number as a fraction: the integer, or exactly the double that is nearest to what is written.</summary>
    private static (BigInteger Numerator, BigInteger Denominator)? Number(JsonNode? node)
    {
        if (node?.GetValueKind() != System.Text.Json.JsonValueKind.Number) return null;
        var written = node.ToJsonString();
        if (long.TryParse(written, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer)) return (integer, BigInteger.One);
        var real = double.Parse(written, CultureInfo.InvariantCulture);
        var denominator = BigInteger.One;
        while (real != Math.Floor(real))
        {
            real *= 2;
            denominator *= 2;
        }

        return (new BigInteger(real), denominator);
    }
}
