namespace JadeVector.Engine.Filters;

internal enum FilterOperator
{
    Equal,
    NotEqual,
    Above,
    AtLeast,
    Below,
    AtMost,
    In,
    NotIn,
    All,
    Contains,
    NotContains,
    Exists,
    NotExists,
    Regex,
}

/// <summary>The spellings of the operators: one for field forms, and JadeVectorDB's names for condition lists.</summary>
internal static class FilterOperators
{
    private static readonly Dictionary<string, FilterOperator> BySign = new(StringComparer.Ordinal)
    {
        ["$eq"] = FilterOperator.Equal,
        ["$ne"] = FilterOperator.NotEqual,
        ["$gt"] = FilterOperator.Above,
        ["$gte"] = FilterOperator.AtLeast,
        ["$lt"] = FilterOperator.Below,
        ["$lte"] = FilterOperator.AtMost,
        ["$in"] = FilterOperator.In,
        ["$nin"] = FilterOperator.NotIn,
        ["$all"] = FilterOperator.All,
        ["$contains"] = FilterOperator.Contains,
        ["$exists"] = FilterOperator.Exists,
        ["$regex"] = FilterOperator.Regex,
    };

    private static readonly Dictionary<string, FilterOperator> ByName = new(StringComparer.OrdinalIgnoreCase)
    {
        ["EQUALS"] = FilterOperator.Equal,
        ["NOT_EQUALS"] = FilterOperator.NotEqual,
        ["GREATER_THAN"] = FilterOperator.Above,
        ["GREATER_THAN_OR_EQUAL"] = FilterOperator.AtLeast,
        ["LESS_THAN"] = FilterOperator.Below,
        ["LESS_THAN_OR_EQUAL"] = FilterOperator.AtMost,
        ["IN"] = FilterOperator.In,
        ["NOT_IN"] = FilterOperator.NotIn,
        ["CONTAINS"] = FilterOperator.Contains,
        ["NOT_CONTAINS"] = FilterOperator.NotContains,
        ["EXISTS"] = FilterOperator.Exists,
        ["NOT_EXISTS"] = FilterOperator.NotExists,
        ["MATCHES_REGEX"] = FilterOperator.Regex,
    };

    internal static string Signs { get; } = string.Join(" ", BySign.Keys);

    internal static string Names { get; } = string.Join(" ", ByName.Keys);

    internal static bool TryParseSign(string text, out FilterOperator result) => BySign.TryGetValue(text, out result);

    /// <summary>A name of a condition list; the <c>$</c> spellings are good there too.</summary>
    internal static bool TryParseName(string text, out FilterOperator result) =>
        ByName.TryGetValue(text, out result) || BySign.TryGetValue(text, out result);
}
