using System.Runtime.InteropServices;
using System.Text.Json;

namespace JadeVector.Engine.Filters;

// The forms of JadeVectorDB's own documents:
//   {"combination": "AND" | "OR", "conditions": [condition | filter, …], "nested_filters": [filter, …]}
//   {"field": "metadata.score", "op" | "operator": "GREATER_THAN" | "$gt" | …, "value": … or "values": […]}
internal sealed partial class FilterParser
{
    private FilterNode ParseConditionList(List<(string Name, JsonElement Value)> members, string path, int depth)
    {
        var parts = new List<FilterNode>();
        var isAnd = true;
        foreach (var (name, member) in members)
        {
            var at = $"{path}.{name}";
            switch (name)
            {
                case "combination":
                    isAnd = IsAnd(member, at);
                    break;
                case "conditions" or "nested_filters" or "nestedFilters":
                    parts.AddRange(ParseParts(member, at, depth));
                    break;
                default:
                    throw Invalid(at, "beside conditions there may be combination and nested_filters (a field of that name is written \"metadata.…\").");
            }
        }

        return isAnd ? new AllOf([.. parts]) : new AnyOf([.. parts]);
    }

    private static bool IsAnd(JsonElement value, string path)
    {
        var text = Words(value, path);
        if (text.Equals("AND", StringComparison.OrdinalIgnoreCase)) return true;
        if (text.Equals("OR", StringComparison.OrdinalIgnoreCase)) return false;
        throw Invalid(path, "must be \"AND\" or \"OR\".");
    }

    private FilterNode ParseCondition(List<(string Name, JsonElement Value)> members, string path)
    {
        FieldPath? field = null;
        FilterOperator? op = null;
        JsonElement? value = null;
        var valuePath = path;
        foreach (var (name, member) in members)
        {
            var at = $"{path}.{name}";
            switch (name)
            {
                case "field":
                    field = Field(Words(member, at), at);
                    break;
                case "op" or "operator":
                    op = OperatorOf(Words(member, at), at);
                    break;
                case "value" or "values":
                    if (value is not null) throw Invalid(at, "a condition has value or values, not both.");
                    (value, valuePath) = (member, at);
                    break;
                default:
                    throw Invalid(at, "a condition has field, op and value or values.");
            }
        }

        if (op is FilterOperator.Exists or FilterOperator.NotExists && value is null)
            return Presence(field, isWanted: op == FilterOperator.Exists, path);
        return OperatorNode(field, op!.Value, value ?? throw Invalid(path, "a condition needs a value."), valuePath, mayBeBare: true);
    }

    private static FilterOperator OperatorOf(string text, string path) =>
        FilterOperators.TryParseName(text, out var op)
            ? op
            : throw Invalid(path, $"unknown operator '{text}'; there are {FilterOperators.Names}, or {FilterOperators.Signs}.");

    private static string Words(JsonElement value, string path) =>
        value.ValueKind == JsonValueKind.String ? Decode(JsonMarshal.GetRawUtf8Value(value)[1..^1]) : throw Invalid(path, $"must be a string, not {Describe(value)}.");
}
