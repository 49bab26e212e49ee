using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace JadeVector.Engine.Filters;

internal sealed partial class FilterParser
{
    /// <summary>One operator on one field (null is the id).</summary>
    /// <param name="mayBeBare">A list operator takes a single value as a list of one, as JadeVectorDB's forms have it.</param>
    private FilterNode OperatorNode(FieldPath? field, FilterOperator op, JsonElement value, string path, bool mayBeBare = false)
    {
        return op switch
        {
            FilterOperator.Equal => Condition(field, new IsEqualTo(Single(value, path)), path),
            FilterOperator.NotEqual => new NotOf(Condition(field, new IsEqualTo(Single(value, path)), path)),
            FilterOperator.Above => Condition(field, new IsWithin(Bound.Above, Ordered(value, path)), path),
            FilterOperator.AtLeast => Condition(field, new IsWithin(Bound.AtLeast, Ordered(value, path)), path),
            FilterOperator.Below => Condition(field, new IsWithin(Bound.Below, Ordered(value, path)), path),
            FilterOperator.AtMost => Condition(field, new IsWithin(Bound.AtMost, Ordered(value, path)), path),
            FilterOperator.In => Condition(field, new IsOneOf(List(value, path, mayBeBare)), path),
            FilterOperator.NotIn => new NotOf(Condition(field, new IsOneOf(List(value, path, mayBeBare)), path)),
            FilterOperator.All => AllNode(field, List(value, path, mayBeBare), path),
            FilterOperator.Contains => Condition(field, new Contains(Single(value, path)), path),
            FilterOperator.NotContains => new NotOf(Condition(field, new Contains(Single(value, path)), path)),
            FilterOperator.Exists => Presence(field, isWanted: Truth(value, path), path),
            FilterOperator.NotExists => Presence(field, isWanted: !Truth(value, path), path),
            _ => Condition(field, new IsMatch(Expression(value, path)), path),
        };
    }

    private AllOf AllNode(FieldPath? field, List<Constant> wanted, string path) =>
        wanted.Count > 0
            ? new AllOf([.. wanted.Select(each => Condition(field, new IsEqualTo(each), path))])
            : throw Invalid(path, "an empty list asks nothing.");

    private FilterNode Presence(FieldPath? field, bool isWanted, string path)
    {
        var isPresent = Condition(field, new IsPresent(), path);
        return isWanted ? isPresent : new NotOf(isPresent);
    }

    private FilterNode Condition(FieldPath? field, ValueTest test, string path)
    {
        _conditionCount++;
        if (_conditionCount > options.ConditionsMax) throw Exceeded(path, $"a filter may have {options.ConditionsMax} conditions.");
        return field is null ? new IdCondition(test) : new FieldCondition(field, test);
    }

    private static Constant Single(JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.String)
            return Constant.From(Scalar.OfText(DecodeUtf8(JsonMarshal.GetRawUtf8Value(value)[1..^1])));
        if (value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
            throw Invalid(path, $"must be a string, number, boolean or null, not {Describe(value)}.");

        var reader = new Utf8JsonReader(JsonMarshal.GetRawUtf8Value(value));
        reader.Read();
        var constant = Constant.From(Scalar.Of(ref reader));
        return double.IsFinite(constant.Double) ? constant : throw Invalid(path, "the number is too large for a double.");
    }

    private static Constant Ordered(JsonElement value, string path) =>
        value.ValueKind is JsonValueKind.String or JsonValueKind.Number
            ? Single(value, path)
            : throw Invalid(path, $"must be a number or a string, not {Describe(value)}: only those have an order.");

    private List<Constant> List(JsonElement value, string path, bool mayBeBare)
    {
        if (value.ValueKind != JsonValueKind.Array)
            return mayBeBare ? [Single(value, path)] : throw Invalid(path, $"must be an array, not {Describe(value)}.");
        if (value.GetArrayLength() > options.ListValuesMax)
            throw Exceeded(path, $"a list may have {options.ListValuesMax} values; this one has {value.GetArrayLength()}.");
        var constants = new List<Constant>(value.GetArrayLength());
        foreach (var item in value.EnumerateArray()) constants.Add(Single(item, $"{path}[{constants.Count}]"));
        return constants;
    }

    private static bool Truth(JsonElement value, string path) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Invalid(path, $"must be true or false, not {Describe(value)}."),
    };

    private Regex Expression(JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.String) throw Invalid(path, $"must be a string, not {Describe(value)}.");
        var pattern = Decode(JsonMarshal.GetRawUtf8Value(value)[1..^1]);
        if (pattern.Length > options.RegexLengthMax)
            throw Exceeded(path, $"a regular expression may have {options.RegexLengthMax} characters; this one has {pattern.Length}.");
        try
        {
            return new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (ArgumentException malformed)
        {
            throw Invalid(path, malformed.Message);
        }
        catch (NotSupportedException)
        {
            // Look-around, back-references and atomic groups need backtracking; huge counted repetitions need a huge automaton.
            throw Invalid(path, "the expression cannot be matched in linear time: no look-around, back-references, atomic groups or very large repetition counts.");
        }
    }
}
