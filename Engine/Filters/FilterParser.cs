using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace JadeVector.Engine.Filters;

/// <summary>Turns a filter document into nodes. Every refusal names the path of the part it refuses.</summary>
/// <remarks>An object is read as, in this order: a condition list (<c>conditions</c> is an array), one condition (<c>field</c> and <c>op</c>), or fields and connectives.</remarks>
internal sealed partial class FilterParser(FilterOptions options)
{
    internal const string RootPath = "filters";

    private int _conditionCount;

    internal FilterNode ParseRoot(JsonElement root) => root.ValueKind switch
    {
        JsonValueKind.Array => new AllOf(ParseParts(root, RootPath, depth: 1)),
        JsonValueKind.Object => ParseObject(root, RootPath, depth: 1),
        _ => throw Invalid(RootPath, "a filter is an object, or an array of conditions."),
    };

    private FilterNode ParseObject(JsonElement element, string path, int depth)
    {
        if (element.ValueKind != JsonValueKind.Object) throw Invalid(path, $"must be an object, not {Describe(element)}.");
        if (depth > options.DepthMax) throw Exceeded(path, $"filters may nest {options.DepthMax} deep.");
        var members = element.EnumerateObject().Select(property => (Name: NameOf(property), property.Value)).ToList();
        if (members.Any(member => member.Name == "conditions" && member.Value.ValueKind == JsonValueKind.Array))
            return ParseConditionList(members, path, depth);
        if (members.Any(member => member.Name == "field") && members.Any(member => member.Name is "op" or "operator"))
            return ParseCondition(members, path);
        return All([.. members.Select(member => ParseMember(member.Name, member.Value, $"{path}.{member.Name}", depth))]);
    }

    private FilterNode ParseMember(string name, JsonElement value, string path, int depth) => name switch
    {
        "and" or "$and" => new AllOf(ParseParts(value, path, depth)),
        "or" or "$or" => new AnyOf(ParseParts(value, path, depth)),
        "not" or "$not" => new NotOf(ParseObject(value, path, depth + 1)),
        _ when name.StartsWith('$') => throw Invalid(path, $"unknown connective '{name}'; there are $and, $or and $not (operators stand inside a field's object)."),
        _ => ParseField(name, value, path),
    };

    private static FilterNode All(FilterNode[] parts) => parts.Length == 1 ? parts[0] : new AllOf(parts);

    private FilterNode[] ParseParts(JsonElement array, string path, int depth)
    {
        if (array.ValueKind != JsonValueKind.Array) throw Invalid(path, $"must be an array of filters, not {Describe(array)}.");
        var parts = new List<FilterNode>();
        foreach (var item in array.EnumerateArray())
            parts.Add(ParseObject(item, $"{path}[{parts.Count}]", depth + 1));
        return [.. parts];
    }

    /// <summary><c>{"field": {"$op": value, …}}</c>, <c>{"field": value}</c>, <c>{"field": [any, of]}</c> or <c>{"field[$op]": value}</c>.</summary>
    private FilterNode ParseField(string name, JsonElement value, string path)
    {
        if (name.EndsWith(']') && name.LastIndexOf("[$", StringComparison.Ordinal) is > 0 and var bracket)
            return OperatorNode(Field(name[..bracket], path), Sign(name[(bracket + 1)..^1], path), value, path, mayBeBare: true);

        var field = Field(name, path);
        if (value.ValueKind == JsonValueKind.Array) return OperatorNode(field, FilterOperator.In, value, path);
        if (value.ValueKind != JsonValueKind.Object) return OperatorNode(field, FilterOperator.Equal, value, path);

        var parts = new List<FilterNode>();
        foreach (var property in value.EnumerateObject())
        {
            var sign = NameOf(property);
            var at = $"{path}.{sign}";
            parts.Add(sign == "$not" ? new NotOf(ParseField(name, property.Value, at)) : OperatorNode(field, Sign(sign, at), property.Value, at));
        }

        if (parts.Count == 0) throw Invalid(path, $"an empty object asks nothing; operators are {FilterOperators.Signs}.");
        return All([.. parts]);
    }

    private static FilterOperator Sign(string text, string path)
    {
        if (FilterOperators.TryParseSign(text, out var result)) return result;
        throw text.StartsWith('$')
            ? Invalid(path, $"unknown operator '{text}'; there are {FilterOperators.Signs}.")
            : Invalid(path, $"'{text}' is not an operator (those begin with $); a nested field is written with dots, as in \"metadata.a.b\".");
    }

    /// <summary>The field of a name: null is the id.</summary>
    private static FieldPath? Field(string name, string path)
    {
        const string prefix = "metadata.";
        if (name == "id") return null;
        var field = FieldPath.TryParse(name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name);
        return field ?? throw Invalid(path, "a field is names joined by dots, none of them empty (\\. is a dot inside a name, \\\\ a backslash).");
    }

    private static string NameOf(JsonProperty property) => Decode(JsonMarshal.GetRawUtf8PropertyName(property));

    private static string Decode(ReadOnlySpan<byte> escaped) => Encoding.UTF8.GetString(DecodeUtf8(escaped));

    private static byte[] DecodeUtf8(ReadOnlySpan<byte> escaped)
    {
        var buffer = new byte[escaped.Length];
        return buffer[..JsonText.Unescape(escaped, buffer)];
    }

    private static string Describe(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "a boolean",
    };

    private static RefusalException Invalid(string path, string reason) => new(RefusalCodes.InvalidArgument, $"{path}: {reason}");

    private static RefusalException Exceeded(string path, string reason) => new(RefusalCodes.LimitExceeded, $"{path}: {reason}");
}
